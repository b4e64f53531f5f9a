"""What landmarks say about the latent, against the same thing computed the long way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation
from scipy.stats import multivariate_normal

from landmark_driver.posterior.landmark_covariance import LandmarkCovariance
from landmark_driver.posterior.landmark_noise import rigid_columns, tremble_columns
from landmark_driver.posterior.landmark_posterior import LandmarkPosterior

LATENTS, LANDMARKS = 12, 30


class Problem:
    """Random landmarks and latents, with every kind of thing that landmarks show beside them."""

    def __init__(self, moves: bool):
        self.rng = rng = np.random.default_rng(5)
        self.points = rng.normal(0, 0.05, (LANDMARKS, 3))
        self.rows = rng.normal(0, 2e-3, (3 * LANDMARKS, LATENTS))
        root = rng.normal(size=(LATENTS, LATENTS))
        self.mean, self.prior = rng.normal(size=LATENTS), root @ root.T / LATENTS + 0.05 * np.eye(LATENTS)
        kernel = 1e-6 * np.exp(-cdist(self.points, self.points) / 0.05) if moves else None
        patterns = rng.normal(0, 5e-4, (3 * LANDMARKS, 2))
        columns = np.concatenate([tremble_columns(self.points, True), patterns], 1)
        self.beside = LandmarkCovariance(kernel, rng.uniform(3e-4, 2e-3, (LANDMARKS, 3)), columns)
        self.displacements = rng.normal(0, 2e-3, 3 * LANDMARKS)

    def posterior(self, beside: LandmarkCovariance | None = None) -> LandmarkPosterior:
        return LandmarkPosterior(self.rows, self.mean, self.prior, beside or self.beside)


def dense(beside: LandmarkCovariance) -> np.ndarray:
    """S in full."""
    whole = np.diag(beside.std.ravel() ** 2) + beside.columns @ beside.columns.T
    return whole if beside.kernel is None else whole + np.kron(beside.kernel, np.eye(3))


@pytest.fixture(params=[False, True], ids=["latent alone", "with a residual"])
def problem(request) -> Problem:
    return Problem(request.param)


def test_the_layout_solve_equals_the_dense_posterior(problem):
    of_landmarks = problem.rows @ problem.prior @ problem.rows.T + dense(problem.beside)
    innovation = problem.displacements - problem.rows @ problem.mean
    expected = problem.mean + problem.prior @ problem.rows.T @ np.linalg.solve(of_landmarks, innovation)
    assert np.allclose(problem.posterior()(problem.displacements), expected, atol=1e-9)


@pytest.mark.parametrize("dropped", [1, 3, 12, 25])
def test_dropped_points_count_for_nothing(problem, dropped):
    seen = problem.rng.permutation(LANDMARKS) >= dropped
    rows = np.repeat(seen, 3)
    known = dense(problem.beside)[np.ix_(rows, rows)]
    of_landmarks = problem.rows[rows] @ problem.prior @ problem.rows[rows].T + known
    innovation = problem.displacements[rows] - problem.rows[rows] @ problem.mean
    expected = problem.mean + problem.prior @ problem.rows[rows].T @ np.linalg.solve(of_landmarks, innovation)
    assert np.allclose(problem.posterior().without(seen)(problem.displacements[rows]), expected, atol=1e-8)


def test_the_likelihood_is_that_of_the_joint_normal_distribution(problem):
    of_landmarks = problem.rows @ problem.prior @ problem.rows.T + dense(problem.beside)
    normal = multivariate_normal(problem.rows @ problem.mean, of_landmarks)
    posterior, others = problem.posterior(), problem.rng.normal(0, 2e-3, (4, 3 * LANDMARKS))
    found = [posterior.log_likelihood(d) for d in others]
    expected = normal.logpdf(others)
    assert np.allclose(np.diff(found), np.diff(expected), atol=1e-6)
    wider = problem.posterior(replace(problem.beside, std=2 * problem.beside.std))
    other = problem.rows @ problem.prior @ problem.rows.T + dense(wider.beside)
    gained = multivariate_normal(problem.rows @ problem.mean, other).logpdf(others[0]) - expected[0]
    assert wider.log_likelihood(others[0]) - found[0] == pytest.approx(gained, abs=1e-6)


def test_landmarks_that_are_completed_say_what_the_others_say(problem):
    """With unseen landmarks where the others put them, the whole residual is that of the seen ones."""
    seen = problem.rng.permutation(LANDMARKS) >= 8
    rows = np.repeat(seen, 3)
    covariance = dense(problem.beside)
    left = problem.displacements.copy()
    left[~rows] = np.nan
    full = problem.beside.complete(left, seen)
    assert np.array_equal(full[rows], left[rows])
    expected = covariance[np.ix_(~rows, rows)] @ np.linalg.solve(covariance[np.ix_(rows, rows)], left[rows])
    assert np.allclose(full[~rows], expected, atol=1e-12)


def test_the_residual_gain_is_that_of_the_process(problem):
    if problem.beside.kernel is None:
        return
    between = 1e-6 * np.exp(-cdist(problem.rng.normal(0, 0.05, (7, 3)), problem.points) / 0.05)
    d, beside = problem.displacements, problem.beside
    gain = beside.residual_gain(between)
    left = (d - beside.columns @ (beside.to_columns @ d)).reshape(-1, 3)
    found = np.einsum("nla,la->na", gain, left)
    expected = np.kron(between, np.eye(3)) @ np.linalg.solve(dense(beside), d)
    assert np.allclose(found.ravel(), expected, atol=1e-12)


def test_columns_of_a_trembling_head_absorb_jitter(problem):
    """A head-pose jitter that would mislead the plain posterior hardly moves this one."""
    z = problem.mean + np.linalg.cholesky(problem.prior) @ problem.rng.normal(size=LATENTS)
    jitter = rigid_columns(problem.points) @ np.array([0.005, -0.004, 0.003, 5e-4, -4e-4, 5e-4, 0.0])
    quiet = np.full((LANDMARKS, 3), 5e-5)
    errors = []
    for trembles in (False, True):
        beside = LandmarkCovariance(None, quiet, tremble_columns(problem.points, trembles))
        errors.append(np.abs(problem.posterior(beside)(problem.rows @ z + jitter) - z).max())
    assert errors[1] < 0.1 * errors[0]


def test_without_noise_many_landmarks_recover_the_latent(problem):
    z = problem.rng.normal(size=LATENTS)
    quiet = LandmarkCovariance(None, 1e-4 * problem.beside.std, problem.beside.columns)
    assert np.allclose(problem.posterior(quiet)(problem.rows @ z), z, atol=1e-3)


def test_overwhelming_noise_leaves_the_prior(problem):
    loud = replace(problem.beside, std=1e5 * problem.beside.std)
    posterior = problem.posterior(loud)
    assert np.allclose(posterior(problem.displacements), problem.mean, atol=1e-3)
    assert np.allclose(np.diag(posterior.covariance), np.diag(problem.prior), rtol=1e-3)


def test_rigid_columns_are_the_derivative_of_a_rigid_motion(problem):
    points, step = problem.points, 1e-6 * problem.rng.normal(size=7)
    centre = points.mean(0)
    moved = (1 + step[6]) * Rotation.from_rotvec(step[:3]).apply(points - centre) + centre + step[3:6]
    assert np.allclose((moved - points).ravel(), rigid_columns(points) @ step, atol=1e-12)

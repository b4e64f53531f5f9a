"""What landmarks say about the latent, against the same thing computed the long way."""

from __future__ import annotations

import numpy as np
import pytest
from landmark_driver.network.landmark_posterior import LandmarkPosterior, nuisance_deviations, rigid_columns

LATENTS, LANDMARKS = 12, 30


@pytest.fixture
def problem():
    rng = np.random.default_rng(5)
    points = rng.normal(0, 0.05, (LANDMARKS, 3))
    rows = rng.normal(0, 2e-3, (3 * LANDMARKS, LATENTS))
    mean, root = rng.normal(size=LATENTS), rng.normal(size=(LATENTS, LATENTS))
    noise = rng.uniform(3e-4, 2e-3, 3 * LANDMARKS)
    return rng, rows, points, mean, root @ root.T / LATENTS + 0.05 * np.eye(LATENTS), noise


def dense_posterior(rows, points, mean, covariance, noise, displacements):
    """Conditioning of the joint Gaussian of latents and landmarks."""
    nuisance = rigid_columns(points) * nuisance_deviations()
    of_landmarks = rows @ covariance @ rows.T + nuisance @ nuisance.T + np.diag(noise**2)
    return mean + covariance @ rows.T @ np.linalg.solve(of_landmarks, displacements - rows @ mean)


def test_the_layout_solve_equals_the_dense_posterior(problem):
    rng, rows, points, mean, covariance, noise = problem
    displacements = rng.normal(0, 2e-3, 3 * LANDMARKS)
    solved = LandmarkPosterior(rows, points, mean, covariance, noise)(displacements)
    expected = dense_posterior(rows, points, mean, covariance, noise, displacements)
    assert np.allclose(solved, expected, atol=1e-9)


@pytest.mark.parametrize("dropped", [1, 3, 12, 25])
def test_dropping_points_by_woodbury_equals_solving_without_them(problem, dropped):
    rng, rows, points, mean, covariance, noise = problem
    seen = np.repeat(rng.permutation(LANDMARKS) >= dropped, 3)
    displacements = rng.normal(0, 2e-3, 3 * LANDMARKS)
    masked = LandmarkPosterior(rows, points, mean, covariance, noise).without(seen)
    assert masked._by_woodbury == (3 * dropped < LATENTS + 7)
    nuisance = rigid_columns(points)[seen] * nuisance_deviations()
    of_landmarks = rows[seen] @ covariance @ rows[seen].T + nuisance @ nuisance.T + np.diag(noise[seen] ** 2)
    innovation = displacements[seen] - rows[seen] @ mean
    expected = mean + covariance @ rows[seen].T @ np.linalg.solve(of_landmarks, innovation)
    assert np.allclose(masked(displacements), expected, atol=1e-8)


def test_what_a_dropped_landmark_says_does_not_matter(problem):
    rng, *model = problem
    seen = np.ones(3 * LANDMARKS, bool)
    seen[6:9] = False
    displacements = rng.normal(0, 2e-3, 3 * LANDMARKS)
    masked = LandmarkPosterior(*model).without(seen)
    with_nan = displacements.copy()
    with_nan[6:9] = np.nan
    assert np.array_equal(masked(displacements), masked(with_nan))


def test_nuisance_columns_absorb_rigid_jitter(problem):
    """A head-pose jitter that would mislead the plain posterior hardly moves this one."""
    rng, rows, points, mean, covariance, noise = problem
    z = mean + np.linalg.cholesky(covariance) @ rng.normal(size=LATENTS)
    quiet = np.full_like(noise, 5e-5)
    jitter = rigid_columns(points) @ np.array([0.005, -0.004, 0.003, 5e-4, -4e-4, 5e-4, 0.0])
    plain = LandmarkPosterior(rows, points, mean, covariance, quiet, np.full(7, 1e-9))
    aware = LandmarkPosterior(rows, points, mean, covariance, quiet)
    errors = [np.abs(solve(rows @ z + jitter) - z).max() for solve in (plain, aware)]
    assert errors[1] < 0.1 * errors[0]


def test_without_noise_many_landmarks_recover_the_latent(problem):
    rng, rows, points, mean, covariance, noise = problem
    z = rng.normal(size=LATENTS)
    assert np.allclose(
        LandmarkPosterior(rows, points, mean, covariance, 1e-4 * noise)(rows @ z), z, atol=1e-3
    )


def test_overwhelming_noise_leaves_the_prior_mean(problem):
    rng, rows, points, mean, covariance, noise = problem
    posterior = LandmarkPosterior(rows, points, mean, covariance, 1e5 * noise)
    assert np.allclose(posterior(rng.normal(0, 2e-3, 3 * LANDMARKS)), mean, atol=1e-3)
    assert np.allclose(posterior.deviation, np.sqrt(np.diag(covariance)), rtol=1e-3)


def test_rigid_columns_are_the_derivative_of_a_rigid_motion(problem):
    from scipy.spatial.transform import Rotation

    rng, _, points, *_ = problem
    step = 1e-6 * rng.normal(size=7)
    centre = points.mean(0)
    moved = (1 + step[6]) * Rotation.from_rotvec(step[:3]).apply(points - centre) + centre + step[3:6]
    assert np.allclose((moved - points).ravel(), rigid_columns(points) @ step, atol=1e-12)

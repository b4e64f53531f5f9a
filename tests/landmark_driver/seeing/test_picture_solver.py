"""Pose and expression from points in a picture, on a head whose pose and expression are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from landmark_driver.character import Character
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.eyes import EYE_LOOKS
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.shipped_networks import shipped_network
from landmark_driver.seeing.picture_solver import Performer, PictureSolver
from landmark_driver.seeing.pinhole import project, projection_rows, turn_rows

FOCAL_PX, STEPS = 800.0, 12
STILL = np.zeros((468, 3))
AHEAD = np.eye(4)
AHEAD[2, 3] = -0.5


@pytest.fixture(scope="module")
def performer(character: Character) -> Performer:
    head, network = character.head, shipped_network(character.head).head
    at, normals = head.embedding, vertex_normals(head.neutral_vertices.astype(float), head.faces)
    facing = (normals[at.corners] * at.weights[..., None]).sum(1)[:468]
    covariance = network.prior_covariance.copy()
    covariance[EYE_LOOKS], covariance[:, EYE_LOOKS] = 0, 0
    covariance[EYE_LOOKS, EYE_LOOKS] = 1e-8
    mean = network.prior_mean.copy()
    mean[EYE_LOOKS] = 0
    return Performer(
        head.neutral_landmarks[:468],
        network.rows(at).reshape(478, 3, -1)[:468].astype(float),
        facing / np.linalg.norm(facing, axis=1, keepdims=True),
        mean,
        covariance,
    )


def pose(yaw_deg: float = 0.0) -> np.ndarray:
    matrix = AHEAD.copy()
    matrix[:3, :3] = Rotation.from_euler("yx", [yaw_deg, 4], degrees=True).as_matrix()
    matrix[:3, 3] += [0.02, -0.01, 0.03]
    return matrix


def smile(performer: Performer) -> np.ndarray:
    latent = np.zeros(len(performer.prior_mean))
    latent[[23, 24]] = 0.7 / WEIGHT_UNIT
    return latent


def seen(performer: Performer, latent: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    moved = performer.neutral + performer.rows @ latent
    return project(moved @ matrix[:3, :3].T + matrix[:3, 3], FOCAL_PX)


def solver(performer: Performer) -> PictureSolver:
    return PictureSolver(performer, FOCAL_PX, AHEAD, np.full(468, 0.3))


def shown(performer: Performer, latent: np.ndarray) -> np.ndarray:
    return performer.rows @ latent


def error_mm(performer: Performer, found: np.ndarray, true: np.ndarray) -> float:
    return float(1e3 * np.linalg.norm(shown(performer, found - true), axis=1).mean())


@pytest.mark.parametrize("yaw_deg", [0.0, 12.0, -20.0])
def test_pose_and_expression_are_found_together(performer: Performer, yaw_deg: float) -> None:
    solve, true = solver(performer), smile(performer)
    found = solve(seen(performer, true, pose(yaw_deg)), np.ones(468), STILL, STEPS)
    size = 1e3 * np.linalg.norm(shown(performer, true), axis=1).mean()
    assert size > 1.5 and error_mm(performer, found, true) < 0.15 * size
    turned = Rotation.from_matrix(solve.rotation.T @ pose(yaw_deg)[:3, :3]).magnitude()
    assert np.rad2deg(turned) < 0.3
    assert np.linalg.norm(solve.translation - pose(yaw_deg)[:3, 3]) < 1.5e-3
    weights = WEIGHT_UNIT * found[:52]
    assert weights.min() > -1e-5 and weights.max() < 1 + 1e-5


def test_points_that_are_far_off_hardly_count(performer: Performer) -> None:
    true, rng = smile(performer), np.random.default_rng(0)
    points = seen(performer, true, pose())
    wrong = points.copy()
    off = rng.choice(468, 40, replace=False)
    wrong[off] += rng.normal(0, 30, (40, 2))
    clean, robust = (solver(performer)(p, np.ones(468), STILL, STEPS) for p in (points, wrong))
    assert error_mm(performer, robust, clean) < 0.25
    assert error_mm(performer, robust, true) < 0.5 * error_mm(performer, 0 * true, true)


def test_points_without_trust_do_not_count(performer: Performer) -> None:
    true = smile(performer)
    points, trust = seen(performer, true, pose()), np.ones(468)
    trust[::5] = 0
    wrong = points.copy()
    wrong[::5] += 3
    found = [solver(performer)(p, trust, STILL, STEPS) for p in (points, wrong)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)


def test_the_next_frame_starts_where_the_last_one_ended(performer: Performer) -> None:
    true = smile(performer)
    points = seen(performer, true, pose(8.0))
    solve = solver(performer)
    solve(points, np.ones(468), STILL, STEPS)
    again = solve(points, np.ones(468), STILL, 1)
    assert error_mm(performer, again, true) < 0.3
    away = np.linalg.norm(solve.image_points(STILL) - points, axis=1)
    assert np.median(away) < 0.2


def test_rows_are_the_derivatives_of_the_projection() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(0, 0.05, (5, 3)) - [0, 0, 0.5]
    step, turn = rng.normal(0, 1e-6, 3), rng.normal(0, 1e-6, 3)
    rows = projection_rows(points, FOCAL_PX)
    change = project(points + step, FOCAL_PX) - project(points, FOCAL_PX)
    np.testing.assert_allclose(rows @ step, change, atol=1e-7)
    turned = Rotation.from_rotvec(turn).as_matrix()
    np.testing.assert_allclose(turn_rows(points) @ turn, points @ turned.T - points, atol=1e-10)

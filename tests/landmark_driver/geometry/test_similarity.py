"""Fitting a rotation, a scale and a translation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.similarity import Similarity, fit_similarity


def random_similarity(rng: np.random.Generator) -> Similarity:
    return Similarity(Rotation.random(rng=rng).as_matrix(), float(rng.uniform(0.2, 4)), rng.normal(size=3))


@pytest.mark.parametrize("seed", range(5))
def test_a_known_similarity_is_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(40, 3)), rng.uniform(0.1, 2, 40)
    known = random_similarity(rng)
    found = fit_similarity(points, known(points), weights)
    np.testing.assert_allclose(found.rotation, known.rotation, atol=1e-12)
    np.testing.assert_allclose(found.translation, known.translation, atol=1e-12)
    assert found.scale == pytest.approx(known.scale, rel=1e-12)


def test_no_nearby_similarity_is_better() -> None:
    rng = np.random.default_rng(0)
    source, target, weights = rng.normal(size=(30, 3)), rng.normal(size=(30, 3)), rng.uniform(0.1, 1, 30)

    def cost(similarity: Similarity) -> float:
        return float(weights @ ((similarity(source) - target) ** 2).sum(1))

    best = fit_similarity(source, target, weights)
    for _ in range(50):
        turn = Rotation.from_rotvec(rng.normal(0, 1e-3, 3)).as_matrix() @ best.rotation
        scale = best.scale * (1 + rng.normal(0, 1e-3))
        shift = best.translation + rng.normal(0, 1e-3, 3)
        assert cost(best) < cost(Similarity(turn, scale, shift))


def test_a_mirrored_target_is_met_by_a_rotation_never_by_a_reflection() -> None:
    rng = np.random.default_rng(1)
    source = rng.normal(size=(25, 3))
    found = fit_similarity(source, source * [-1, 1, 1], np.ones(25))
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(3), atol=1e-12)
    assert found.scale > 0


def test_flat_points_have_a_similarity_too() -> None:
    rng = np.random.default_rng(2)
    flat = rng.normal(size=(20, 3)) * [1, 1, 0]
    known = random_similarity(rng)
    found = fit_similarity(flat, known(flat), np.ones(20))
    np.testing.assert_allclose(found(flat), known(flat), atol=1e-12)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_points_of_no_weight_count_for_nothing() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(30, 3))
    known = random_similarity(rng)
    target, weights = known(points), np.ones(30)
    target[:10], weights[:10] = 100.0, 0.0
    np.testing.assert_allclose(fit_similarity(points, target, weights).rotation, known.rotation, atol=1e-12)


def test_a_similarity_moves_stacks_of_points_alike() -> None:
    rng = np.random.default_rng(4)
    known = random_similarity(rng)
    stack = rng.normal(size=(2, 5, 3))
    np.testing.assert_array_equal(known(stack)[1], known(stack[1]))

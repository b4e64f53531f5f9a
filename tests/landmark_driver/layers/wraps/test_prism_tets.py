"""Prisms between wraps and their tetrahedra."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.layers.wraps.prism_tets import (
    MUSCLE,
    SOFT,
    prism_tets,
    reference_prisms,
    scaled_jacobians,
    signed_volumes,
)

SQUARE = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
FACES = np.array([[0, 1, 2], [2, 3, 0]])


def _nodes() -> np.ndarray:
    return np.concatenate([SQUARE - [0, 0, depth] for depth in (0.0, 0.5, 1.5)])


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0], [1, 3, 2, 0]])
def test_prisms_are_filled_exactly_whatever_the_vertex_order(order: list[int], turn: int) -> None:
    place = np.argsort(order)
    points = _nodes().reshape(3, 4, 3)[:, order].reshape(-1, 3)
    tets, tissue, _ = prism_tets(np.roll(place[FACES], turn, 1), 4)
    volumes = signed_volumes(points, tets)
    assert volumes.min() > 0
    assert volumes[tissue == SOFT].sum() == pytest.approx(0.5)
    assert volumes[tissue == MUSCLE].sum() == pytest.approx(1.0)


def test_neighbouring_prisms_fraction_every_inner_triangle() -> None:
    tets, _, _ = prism_tets(FACES, 4)
    triangles = np.sort(tets[:, [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]].reshape(-1, 3), 1)
    _, count = np.unique(triangles, axis=0, return_counts=True)
    assert set(count) == {1, 2}
    boundary = 2 * 2 + 2 * (4 * 2)
    assert (count == 1).sum() == boundary


def test_a_regular_tetrahedron_has_scaled_jacobian_one_and_its_mirror_image_minus_one() -> None:
    corners = np.array([[1.0, 1, 1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]])
    tets = np.array([[0, 1, 2, 3], [0, 2, 1, 3]])
    assert np.abs(scaled_jacobians(corners, tets)) == pytest.approx([1, 1])
    assert np.sign(scaled_jacobians(corners, tets)).sum() == 0


def test_reference_prisms_have_the_wanted_thickness_and_no_inversion() -> None:
    bent = SQUARE + np.outer([0, 0.4, 0, 0.4], [0, 0, 1])
    tets, tissue, face_of = prism_tets(FACES, 4)
    corners = reference_prisms(bent, FACES, np.array([[0.1] * 4, [0.3] * 4]), tets, face_of)
    volumes = signed_volumes(corners.reshape(-1, 3), np.arange(4 * len(tets)).reshape(-1, 4))
    area = (
        np.linalg.norm(
            np.cross(bent[FACES[:, 1]] - bent[FACES[:, 0]], bent[FACES[:, 2]] - bent[FACES[:, 0]]), axis=1
        )
        / 2
    )
    assert volumes.min() > 0
    assert volumes[tissue == SOFT].sum() == pytest.approx(0.1 * area.sum())
    assert volumes[tissue == MUSCLE].sum() == pytest.approx(0.3 * area.sum())

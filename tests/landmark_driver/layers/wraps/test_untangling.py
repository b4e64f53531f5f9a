"""The foldover-free energy and its minimiser."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba", reason="untangling needs the extra: pip install 'softdeca[physics]'")

from scipy.spatial import Delaunay

from landmark_driver.layers.wraps.prism_tets import signed_volumes
from landmark_driver.layers.wraps.untangling import ReferenceShapes, _energy, untangle


def _block() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(4.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
    points = grid + rng.uniform(-0.1, 0.1, grid.shape)
    tets = Delaunay(points).simplices
    volumes = signed_volumes(points, tets)
    tets = tets[np.abs(volumes) > 0.02]
    flipped = signed_volumes(points, tets) < 0
    tets[flipped] = tets[flipped][:, [0, 2, 1, 3]]
    return points, tets.astype(np.int32)


def _shapes() -> tuple[np.ndarray, ReferenceShapes]:
    points, tets = _block()
    return points, ReferenceShapes.of(tets, points[tets])


@pytest.mark.parametrize("softness", [1.0, 1e-2])
def test_the_gradient_equals_finite_differences_also_for_inverted_elements(softness: float) -> None:
    points, shapes = _shapes()
    rng = np.random.default_rng(1)
    nodes = points + rng.normal(0, 0.25, points.shape)
    assert signed_volumes(nodes, shapes.tets).min() < 0
    hold, goals = rng.uniform(0, 1, len(nodes)), points
    _, gradient, _ = _energy(nodes, shapes, goals, hold, softness, 1.3)
    direction = rng.normal(size=nodes.shape)
    step = 1e-7
    ends = [_energy(nodes + s * step * direction, shapes, goals, hold, softness, 1.3)[0] for s in (1, -1)]
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(float((gradient * direction).sum()), rel=2e-4)


def test_the_reference_shape_is_where_the_gradient_vanishes() -> None:
    points, shapes = _shapes()
    _, gradient, smallest = _energy(points, shapes, points, np.zeros(len(points)), 1e-5, 1.0)
    assert np.abs(gradient).max() < 1e-8
    assert smallest == pytest.approx(1)


def test_a_tangled_mesh_comes_out_without_inversions() -> None:
    points, shapes = _shapes()
    rng = np.random.default_rng(2)
    hull = (points < 0.5).any(1) | (points > 2.5).any(1)
    tangled = np.where(hull[:, None], points, points + rng.normal(0, 0.8, points.shape))
    assert (signed_volumes(tangled, shapes.tets) < 0).any()
    nodes = untangle(tangled, shapes, points, np.where(hull, 100.0, 0.0), 200)
    assert signed_volumes(nodes, shapes.tets).min() > 0
    assert np.abs(nodes - points).max() < 0.05


def test_no_step_inverts_what_was_not_inverted_even_when_pulled_through_itself() -> None:
    points, shapes = _shapes()
    goals = points.copy()
    inner = np.flatnonzero(((points > 0.5) & (points < 2.5)).all(1))[0]
    goals[inner] += [6.0, 0, 0]
    hold = np.full(len(points), 1.0)
    hold[inner] = 1000.0
    nodes = untangle(points, shapes, goals, hold, 60)
    assert signed_volumes(nodes, shapes.tets).min() > 0
    assert nodes[inner, 0] > points[inner, 0] + 0.1

"""Distances and intersections of triangle meshes."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

pytest.importorskip("numba", reason="intersections need the extra: pip install 'softdeca[physics]'")

from landmark_driver.geometry.mesh_contact import distance_to_mesh, nearest_on_mesh, smallest_distance
from landmark_driver.geometry.triangle_intersections import intersecting_pairs


def _ball(radius: float, centre: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=radius)
    return ball.vertices + np.array(centre), np.asarray(ball.faces)


def test_balls_that_overlap_intersect_and_nested_or_distant_ones_do_not() -> None:
    one = _ball(0.05, (0, 0, 0))
    assert len(intersecting_pairs(*one, *_ball(0.05, (0.03, 0.002, 0.001)))) > 20
    assert len(intersecting_pairs(*one, *_ball(0.03, (0.001, 0.002, 0)))) == 0
    assert len(intersecting_pairs(*one, *_ball(0.05, (0.2, 0, 0)))) == 0


def test_intersecting_pairs_are_the_same_as_by_trying_all_pairs() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(size=(2, 60, 3, 3)) * 0.6 + rng.uniform(size=(2, 60, 1, 3))
    faces = np.arange(180).reshape(-1, 3)
    found = intersecting_pairs(a.reshape(-1, 3), faces, b.reshape(-1, 3), faces)
    tried = [
        (i, j)
        for i in range(60)
        for j in range(60)
        if len(intersecting_pairs(a[i], np.array([[0, 1, 2]]), b[j], np.array([[0, 1, 2]])))
    ]
    assert len(tried) > 20
    assert sorted(map(tuple, found.tolist())) == tried


def test_an_edge_through_the_common_edge_of_two_triangles_intersects_one_of_them() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.0]])
    halves = np.array([[0, 1, 2], [0, 2, 3]])
    needle = np.array([[0.25, 0.25, -1], [0.25, 0.25, 1], [4, 5, 1.0]])
    assert len(intersecting_pairs(square, halves, needle, np.array([[0, 1, 2]]))) == 1


def test_triangles_that_fraction_nodes_are_no_pair() -> None:
    x = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.2, 0.2, -1], [0.3, 0.2, 1], [0.2, 0.3, 1.0]])
    first = np.array([[0, 1, 2]])
    assert intersecting_pairs(x, first, x, np.array([[3, 4, 5]])).tolist() == [[0, 0]]
    assert intersecting_pairs(x, first, x, np.array([[0, 4, 5], [3, 4, 1]])).tolist() == []
    assert intersecting_pairs(x, first, x, np.zeros((0, 3), int)).shape == (0, 2)


def test_a_closed_mesh_does_not_intersect_itself() -> None:
    one = _ball(0.05, (0, 0, 0))
    assert len(intersecting_pairs(*one, *one)) == 0


def test_the_smallest_distance_of_two_balls_is_the_gap_between_them() -> None:
    distance = smallest_distance(*_ball(0.05, (0, 0, 0)), *_ball(0.04, (0.1, 0, 0)))
    assert distance == pytest.approx(0.01, abs=3e-4)


def test_the_nearest_place_lies_on_the_mesh_and_far_points_say_that_nothing_is_near() -> None:
    vertices, faces = _ball(0.05, (0, 0, 0))
    points = np.array([[0.08, 0, 0], [0.055, 0.01, 0]])
    assert distance_to_mesh(points, vertices, faces) == pytest.approx(
        np.linalg.norm(points, axis=1) - 0.05, abs=4e-4
    )
    place, face = nearest_on_mesh(points, vertices, faces, reach=0.01)
    assert face[0] == -1 and face[1] >= 0
    assert place[0] == pytest.approx(points[0], abs=1e-8)

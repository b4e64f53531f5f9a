"""Nearest places and first hits, on a ball whose distances and normals are known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from landmark_driver.geometry.triangle_search import PlacesOnMesh, TriangleSearch

RADIUS_M = 0.05
MESH = trimesh.creation.icosphere(4, RADIUS_M)
VERTICES, FACES = np.asarray(MESH.vertices), np.asarray(MESH.faces)


@pytest.fixture(scope="module")
def search() -> TriangleSearch:
    return TriangleSearch(VERTICES, FACES)


def points_of(found: PlacesOnMesh) -> np.ndarray:
    return (VERTICES[FACES[found.face]] * found.barycentric[:, :, None]).sum(1)


def directions(count: int) -> np.ndarray:
    directions = np.random.default_rng(1).normal(size=(count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def test_the_nearest_place_is_as_near_as_trying_every_triangle_finds(search: TriangleSearch) -> None:
    points = 0.08 * directions(40) * np.linspace(0.2, 1, 40)[:, None]
    found = search.nearest(points)
    every = [
        np.linalg.norm(
            trimesh.triangles.closest_point(VERTICES[FACES], np.repeat(point[None], len(FACES), 0)) - point,
            axis=1,
        ).min()
        for point in points
    ]
    np.testing.assert_allclose(np.linalg.norm(points_of(found) - points, axis=1), every, atol=1e-12)
    assert found.barycentric.min() >= 0
    np.testing.assert_allclose(found.barycentric.sum(1), 1, atol=1e-12)


def test_nothing_is_found_beyond_the_reach_or_for_a_point_that_is_not_finite(search: TriangleSearch) -> None:
    points = np.array([[0.08, 0, 0], [0.055, 0, 0], [np.nan, 0, 0]])
    found = search.nearest(points, reach=0.01)
    assert (found.face >= 0).tolist() == [False, True, False]
    assert not found.barycentric[[0, 2]].any()
    none = TriangleSearch(VERTICES, np.zeros((0, 3), int))
    assert none.nearest(points).face.tolist() == [-1, -1, -1]
    assert none.first_hits(points, points).face.tolist() == [-1, -1, -1]
    assert search.nearest(np.zeros((0, 3))).face.shape == (0,)


def test_a_ray_hits_the_near_side_from_outside_and_the_inside_from_within(search: TriangleSearch) -> None:
    towards = directions(500)
    for distance_m, sign in ((0.3, -1), (0.0, 1)):
        found = search.first_hits(distance_m * towards, sign * towards)
        assert (found.face >= 0).all()
        np.testing.assert_allclose(
            points_of(found), RADIUS_M * towards, atol=2e-4
        )  # flat triangles of a ball
        off = np.cross(points_of(found), towards)
        assert np.abs(off).max() < 1e-7, "the place lies on the ray"


def test_a_ray_ends_at_its_reach(search: TriangleSearch) -> None:
    start, towards = np.array([[0.3, 0, 0]]), np.array([[-1.0, 0, 0]])
    assert search.first_hits(start, towards, reach=0.2).face.tolist() == [-1]
    assert search.first_hits(start, towards, reach=0.26).face[0] >= 0


def test_triangles_of_a_tenth_of_a_millimetre_are_hit() -> None:
    corners = np.array([[0, 0, 0], [1e-4, 0, 0], [0, 1e-4, 0]])
    search = TriangleSearch(corners, np.array([[0, 1, 2]]))
    found = search.first_hits(np.array([[2e-5, 3e-5, 0.1]]), np.array([[0, 0, -1.0]]))
    np.testing.assert_allclose(found.barycentric, [[0.5, 0.2, 0.3]], atol=1e-5)


def test_a_triangle_without_area_gives_its_nearest_corner() -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0.0]])
    found = TriangleSearch(corners, np.array([[0, 1, 2]])).nearest(np.array([[1.9, 1, 0]]))
    assert found.face.tolist() == [0]
    assert found.barycentric.tolist() == [[0, 0, 1]]


def test_a_ray_that_hits_nothing_has_no_place(search: TriangleSearch) -> None:
    away = directions(5000)
    found = search.first_hits(0.06 * away, away)
    assert (found.face == -1).all() and not found.barycentric.any()

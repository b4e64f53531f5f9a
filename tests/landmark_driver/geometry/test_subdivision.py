"""Loop subdivision."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.head.identity_model import IdentityHead

Both = tuple[IdentityHead, np.ndarray]


def grid(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A square sheet of count x count cells."""
    x, y = np.meshgrid(np.arange(count + 1.0), np.arange(count + 1.0), indexing="ij")
    corner = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).ravel()
    a, b, c, d = corner, corner + count + 1, corner + count + 2, corner + 1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return np.stack([x.ravel(), y.ravel()], 1), faces


@pytest.mark.slow
def test_every_triangle_becomes_four_and_every_edge_a_vertex(head_and_expressions: Both) -> None:
    faces = head_and_expressions[0].topology.faces
    count = head_and_expressions[0].topology.vertex_count
    edges = {frozenset(edge) for face in faces for edge in zip(face, np.roll(face, 1), strict=True)}
    fine = loop_subdivision(faces, count)
    assert len(fine.faces) == 4 * len(faces)
    assert fine.operator.shape == (count + len(edges), count)
    assert set(np.unique(fine.faces)) == set(range(count + len(edges)))


def test_the_weights_are_a_partition_of_unity(head_and_expressions: Both) -> None:
    topology = head_and_expressions[0].topology
    operator = loop_subdivision(topology.faces, topology.vertex_count).operator
    np.testing.assert_allclose(operator.sum(axis=1), 1, atol=1e-6)
    assert operator.data.min() >= 0


def test_a_plane_stays_a_plane_with_the_same_border() -> None:
    points, faces = grid(6)
    vertices = np.concatenate([points, (0.3 * points[:, :1] - 0.7 * points[:, 1:] + 2)], 1)
    fine = loop_subdivision(faces, len(vertices))
    moved = fine(vertices)
    np.testing.assert_allclose(moved[:, 2], 0.3 * moved[:, 0] - 0.7 * moved[:, 1] + 2, atol=1e-5)
    [loop] = boundary_loops(fine.faces)
    on_border = (moved[loop, :2] < 1e-5) | (moved[loop, :2] > 6 - 1e-5)
    round_corners = np.abs(moved[loop, :2] - 3).min(1) > 2.5
    assert (on_border.any(1) | round_corners).all()


def test_the_inside_of_a_regular_sheet_is_reproduced_exactly() -> None:
    """Loop's scheme reproduces straight lines: old vertices stay, new ones are midpoints."""
    points, faces = grid(8)
    fine = loop_subdivision(faces, len(points))
    moved = fine(points)
    inner = ((points > 0) & (points < 8)).all(1)
    np.testing.assert_allclose(moved[: len(points)][inner], points[inner], atol=1e-5)


def test_a_subdivided_icosahedron_is_rounder_and_closed() -> None:
    ball = trimesh.creation.icosahedron()
    fine = loop_subdivision(np.asarray(ball.faces), len(ball.vertices))
    vertices = fine(np.asarray(ball.vertices))
    assert boundary_loops(fine.faces) == []
    mesh = trimesh.Trimesh(vertices, fine.faces, process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0

    def spread(mesh: trimesh.Trimesh) -> float:
        return float(np.std(mesh.face_adjacency_angles) + np.mean(mesh.face_adjacency_angles))

    assert spread(mesh) < 0.8 * spread(ball)


def test_children_follow_their_parent_in_order_and_orientation(head_and_expressions: Both) -> None:
    """Triangles 4 i to 4 i + 3 lie in triangle i: three at its corners, the last in the middle."""
    points, faces = grid(5)
    fine = loop_subdivision(faces, len(points))
    for index, face in enumerate(faces):
        children = fine.faces[4 * index : 4 * index + 4]
        assert [child[0] for child in children[:3]] == list(face)
        assert not set(children[3]) & set(range(len(points)))

    def signed(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
        a, b, c = (points[faces[:, i]] for i in range(3))
        return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]

    assert (signed(fine(points), fine.faces) > 0).all() == (signed(points, faces) > 0).all()


def test_it_moves_whatever_is_on_the_vertices() -> None:
    points, faces = grid(3)
    fine = loop_subdivision(faces, len(points))
    np.testing.assert_allclose(fine(np.ones((len(points), 5))), 1, atol=1e-6)
    np.testing.assert_allclose(fine(2 * points), 2 * fine(points), atol=1e-5)

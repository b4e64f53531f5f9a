"""Boundary loops."""

from __future__ import annotations

import numpy as np
import trimesh

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.identity_model import IdentityHead


def test_a_triangle_is_its_own_loop() -> None:
    [loop] = boundary_loops(np.array([[4, 7, 9]]))
    assert list(loop) == [4, 7, 9]


def test_a_closed_mesh_has_none() -> None:
    assert boundary_loops(np.asarray(trimesh.creation.box().faces)) == []


def test_every_hole_is_a_loop_in_the_orientation_of_its_faces_the_longest_first() -> None:
    faces = np.asarray(trimesh.creation.icosphere(2).faces)
    ring = faces[(faces == 30).any(1)]  # a whole fan of triangles around one vertex
    holes = faces[~((faces == 30).any(1) | (np.arange(len(faces)) == len(faces) - 1))]
    big, small = boundary_loops(holes)
    assert len(big) == len(ring) and set(big) == set(ring.ravel()) - {30}
    assert set(small) == set(faces[-1])
    edges = {tuple(edge) for face in holes for edge in zip(face, np.roll(face, -1), strict=True)}
    for loop in (big, small):
        assert {(a, b) for a, b in zip(loop, np.roll(loop, -1), strict=True)} <= edges


def test_the_skin_of_the_default_head_ends_at_neck_lips_and_lids(
    head_and_expressions: tuple[IdentityHead, np.ndarray],
) -> None:
    head = head_and_expressions[0]
    loops = boundary_loops(head.topology.faces_of("skin"))
    assert [len(loop) for loop in loops] == [42, 38, 28, 28]
    neck, lips, *eyes = (head.vertices[loop] for loop in loops)
    assert neck[:, 1].max() < -0.05
    assert np.abs(lips.mean(0)[0]) < 1e-3 and -0.1 < lips.mean(0)[1] < -0.05
    assert sorted(np.sign(eye.mean(0)[0]) for eye in eyes) == [-1, 1]

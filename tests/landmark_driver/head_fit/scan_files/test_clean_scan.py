"""Each fault of a mesh is repaired and counted; a sound mesh stays as it is."""

from __future__ import annotations

import numpy as np
import trimesh

from landmark_driver.geometry.fill_holes import filled, open_loops
from landmark_driver.head_fit.scan_files.clean_scan import clean_scan
from landmark_driver.head_fit.scan_files.scan import Scan

BALL = trimesh.creation.icosphere(subdivisions=3)
VERTICES, FACES = np.array(BALL.vertices), np.array(BALL.faces, np.int32)


def test_a_sound_mesh_needs_no_repair() -> None:
    clean = clean_scan(Scan(VERTICES, FACES))
    assert clean.repairs == {}
    np.testing.assert_array_equal(clean.vertices[clean.clean_vertex], VERTICES)
    np.testing.assert_array_equal(clean.faces, clean.clean_vertex[FACES])


def test_duplicate_and_degenerate_faces_go() -> None:
    wrong = np.array([[0, 0, 1], [5, 6, 6]], np.int32)
    clean = clean_scan(Scan(VERTICES, np.concatenate([FACES, FACES[:7], wrong])))
    assert clean.repairs == {"duplicate_faces": 7, "degenerate_faces": 2}
    assert len(clean.faces) == len(FACES)


def test_split_vertices_are_welded() -> None:
    soup = VERTICES[FACES].reshape(-1, 3)
    clean = clean_scan(Scan(soup, np.arange(len(soup)).reshape(-1, 3).astype(np.int32)))
    assert clean.repairs == {"welded_vertices": len(soup) - len(VERTICES)}
    np.testing.assert_allclose(clean.vertices[clean.clean_vertex], soup)


def test_fragments_are_left_out_but_the_scan_keeps_them() -> None:
    small = trimesh.creation.icosphere(subdivisions=1, radius=0.1)
    vertices = np.concatenate([VERTICES, np.asarray(small.vertices) + 3])
    faces = np.concatenate([FACES, np.asarray(small.faces) + len(VERTICES)]).astype(np.int32)
    clean = clean_scan(Scan(vertices, faces))
    assert clean.repairs == {"fragment_faces": len(small.faces)}
    assert (clean.clean_vertex[len(VERTICES) :] == -1).all()


def test_no_edge_keeps_more_than_two_triangles() -> None:
    a, b, _ = FACES[0]
    fin = np.array([[a, b, len(VERTICES)]], np.int32)
    out = 1.05 * VERTICES[[a, b]].mean(0, keepdims=True)
    clean = clean_scan(Scan(np.concatenate([VERTICES, out]), np.concatenate([FACES, fin])))
    assert clean.repairs == {"nonmanifold_faces": 1}
    edges = np.sort(clean.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert np.unique(edges, axis=0, return_counts=True)[1].max() == 2


def test_holes_are_filled_for_pictures_even_where_they_touch() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4)
    ball_faces = np.asarray(ball.faces)
    across = np.setdiff1d(ball_faces[(ball_faces == 0).any(1)], [0])[0]
    two_away = np.setdiff1d(ball_faces[(ball_faces == across).any(1)], [0, across])[-1]
    gone = (ball_faces == 0).any(1) | (ball_faces == two_away).any(1)
    used, local = np.unique(ball_faces[~gone], return_inverse=True)
    tint = np.tile([0.2, 0.5, 0.9], (len(used), 1))
    vertices, faces, colors = filled(np.asarray(ball.vertices)[used], local.reshape(-1, 3), tint)
    assert len(vertices) > len(used)
    np.testing.assert_allclose(colors, tint[:1].repeat(len(vertices), 0), atol=1e-6)
    assert open_loops(faces) == []
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert trimesh.Trimesh(vertices, faces, process=False).volume > 0.97 * ball.volume


def test_a_patch_goes_on_as_its_rim_does() -> None:
    """A cap of 0.25 radii cut off a ball grows back within a hundredth of the radius; a disc is 0.03 off."""
    ball = trimesh.creation.icosphere(subdivisions=4)
    middle = np.asarray(ball.vertices)[ball.faces].mean(1)
    kept = np.asarray(ball.faces)[np.linalg.norm(middle - [0, 0, 1], axis=1) > 0.25]
    used, local = np.unique(kept, return_inverse=True)
    open_ball = np.asarray(ball.vertices)[used]
    vertices, faces, _ = filled(
        open_ball, local.reshape(-1, 3).astype(np.int32), np.full((len(used), 3), 0.5)
    )
    added = np.linalg.norm(vertices[len(used) :], axis=1)
    assert len(added) > 50
    assert open_loops(faces) == []
    assert np.abs(added - 1).max() < 0.01

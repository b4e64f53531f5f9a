"""Many colours as a few meshes of one colour each, without a seam in the shading."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_viewer import color_pieces as module
from desktop_viewer.color_pieces import ColorPiece, color_labels, color_pieces
from desktop_viewer.paint_layers import paint_layers
from landmark_driver.geometry.vertex_normals import vertex_normals
from tests.desktop_viewer.test_paint_layers import square
from tests.landmark_driver.textured_scan import textured_scan


def hill(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A curved square in metres with colours that run from side to side."""
    vertices, faces = square(count)
    vertices = 0.1 * vertices
    vertices[:, 2] = 0.03 * np.sin(40 * vertices[:, 0]) * np.cos(30 * vertices[:, 1])
    colors = 255 * np.stack([10 * vertices[:, 0], 10 * vertices[:, 1], 0.5 + 0 * vertices[:, 0]], 1)
    return vertices, faces, colors


def test_every_triangle_is_in_its_own_piece_once_and_the_rest_is_sunk() -> None:
    vertices, faces, colors = hill(20)
    pieces = color_pieces("skin", faces, colors, vertex_normals(vertices, faces), (6,))
    assert len(pieces) == 6
    own = []
    for piece in pieces:
        sunk = np.any(piece.lift, axis=1)
        shown = ~sunk[piece.faces].any(1)
        own.append(piece.rows[piece.faces[shown]])
        np.testing.assert_allclose(np.linalg.norm(piece.lift[sunk], axis=1), 0.00006, atol=1e-7)
    shown = np.sort(np.concatenate(own), axis=1)
    assert {tuple(face) for face in shown} == {tuple(face) for face in np.sort(faces, axis=1)}
    assert len(shown) == len(faces)


def test_normals_of_a_piece_are_those_of_the_whole() -> None:
    """Made as a browser does; without the rim they are off by 6 degrees and more at the edges of pieces."""
    vertices, faces, colors = hill(20)
    normals = vertex_normals(vertices, faces)
    worst_deg, bare_deg = [], []
    for piece in color_pieces("skin", faces, colors, normals, (6,)):
        sunk = np.any(piece.lift, axis=1)
        for found, kept in ((worst_deg, piece.faces), (bare_deg, piece.faces[~sunk[piece.faces].any(1)])):
            own = vertex_normals(piece.place(vertices), kept)[~sunk]
            cosine = (own * normals[piece.rows[~sunk]]).sum(1)
            found.append(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))).max())
    assert max(bare_deg) > 6
    assert max(worst_deg) < 2.5


def test_colours_that_change_everywhere_do_not_flood_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    vertices, faces, _ = hill(40)
    colors = np.random.default_rng(0).uniform(0, 255, (len(vertices), 3))
    normals = vertex_normals(vertices, faces)
    many = color_pieces("skin", faces, colors, normals)
    monkeypatch.setattr(module, "MOST_VERTICES", 2 * len(vertices))
    few = color_pieces("skin", faces, colors, normals)
    assert sum(len(piece.rows) for piece in many) > 2 * len(vertices)
    assert sum(len(piece.rows) for piece in few) <= 2 * len(vertices)


def test_groups_of_colours_are_near_their_colours() -> None:
    """Uniform in a square of 255 by 255: 16 groups leave a mean distance of about 24 in 8-bit sRGB."""
    colors = np.random.default_rng(0).uniform(0, 255, (4000, 3)) * [1, 1, 0]
    label = color_labels(colors, 16)
    assert set(label) == set(range(16))
    centres = np.stack([colors[label == number].mean(0) for number in range(16)])
    assert np.linalg.norm(colors - centres[label], axis=1).mean() < 30


def test_one_colour_is_one_group() -> None:
    assert set(color_labels(np.full((50, 3), 77.3), 8)) == {0}


def test_a_scan_is_shown_near_its_own_colours_with_a_bounded_number_of_vertices() -> None:
    """Mean error over the skin in 8-bit sRGB, by triangle; one colour for all would be off by far more."""
    character = textured_scan()
    display = character.mesh.display
    faces, colors = display.faces, character.mesh.display_colors.astype(float)
    wanted = {
        tuple(face): color for face, color in zip(np.sort(faces, 1), colors[faces].mean(1), strict=True)
    }
    layers = paint_layers(character.mesh, display)
    errors, rest = [], []
    for layer in layers:
        if not layer.name.startswith("skin"):
            continue
        assert isinstance(layer, ColorPiece)
        sunk = np.any(layer.lift, axis=1)
        for face in layer.faces[~sunk[layer.faces].any(1)]:
            color = wanted[tuple(np.sort(layer.rows[face]))]
            errors.append(np.abs(color - layer.color).mean())
            rest.append(color)
    one = np.abs(np.array(rest) - np.median(rest, axis=0)).mean()
    assert np.mean(errors) < 0.35 * one
    shown = display(character.neutral_vertices)
    sent = sum(len(layer.place(shown)) for layer in layers if len(layer.faces))
    assert sent < 2 * len(shown)

"""Vertex colours as meshes of one colour each."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from desktop_viewer import paint_layers as module
from desktop_viewer.paint_layers import PaintLayer, paint_layers
from landmark_driver.character import Character
from landmark_driver.geometry.subdivision import Subdivision
from landmark_driver.head.head_mesh import HeadMesh


def square(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A unit square in the plane z = 0 of count x count cells, triangles facing +z."""
    steps = np.linspace(0, 1, count + 1)
    x, y = np.meshgrid(steps, steps, indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], 1)
    corner = np.arange(count)[:, None] * (count + 1) + np.arange(count)
    a, b, c, d = (part.ravel() for part in (corner, corner + count + 1, corner + count + 2, corner + 1))
    return vertices, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def area(points: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def contour(vertices: np.ndarray, faces: np.ndarray, height: np.ndarray, lift_m: float = 0.0) -> PaintLayer:
    lifts = np.tile([0.0, 0.0, lift_m], (len(vertices), 1))
    return module._contour("x", np.array([200.0, 10, 20]), faces, height, lifts)


@pytest.mark.parametrize("level", [0.13, 0.5, 0.77])
def test_a_patch_covers_exactly_where_there_is_that_much_paint(level: float) -> None:
    """A ramp of paint from 0 to 1: the patch from `level` on is a rectangle of area 1 - level."""
    vertices, faces = square(7)
    layer = contour(vertices, faces, vertices[:, 0] - level)
    points = layer.place(vertices)
    assert area(points, layer.faces) == pytest.approx(1 - level, abs=1e-6)
    assert points[:, 0].min() == pytest.approx(level, abs=1e-6)


def test_a_round_patch_has_the_area_of_its_polygon() -> None:
    vertices, faces = square(40)
    distance = np.linalg.norm(vertices[:, :2] - 0.5, axis=1)
    layer = contour(vertices, faces, 0.3 - distance)
    assert area(layer.place(vertices), layer.faces) == pytest.approx(np.pi * 0.09, rel=0.01)


def test_a_patch_faces_the_way_of_its_mesh_and_floats_above_it() -> None:
    vertices, faces = square(5)
    layer = contour(vertices, faces, vertices[:, 0] - 0.33, lift_m=0.002)
    points = layer.place(vertices)
    a, b, c = (points[layer.faces[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] >= -1e-12).all()
    np.testing.assert_allclose(points[:, 2], 0.002)


def test_a_patch_moves_with_its_mesh() -> None:
    vertices, faces = square(5)
    layer = contour(vertices, faces, vertices[:, 0] - 0.33, lift_m=0.001)
    np.testing.assert_allclose(layer.place(2 * vertices + 1)[:, :2], 2 * layer.place(vertices)[:, :2] + 1)


def test_all_or_nothing_is_the_whole_mesh_or_no_patch() -> None:
    vertices, faces = square(3)
    everything = contour(vertices, faces, np.ones(len(vertices)))
    assert area(everything.place(vertices), everything.faces) == pytest.approx(1)
    assert len(contour(vertices, faces, -np.ones(len(vertices))).faces) == 0


@pytest.fixture(scope="module")
def subdivision(character: Character) -> Subdivision:
    return character.mesh.display


@pytest.fixture(scope="module")
def layers(character: Character, subdivision: Subdivision) -> list[PaintLayer]:
    painted = paint_layers(character.mesh, subdivision)
    return [layer for layer in painted if isinstance(layer, PaintLayer)]


def test_the_layers_without_opacity_show_every_triangle_once(
    character: Character, subdivision: Subdivision, layers: list[PaintLayer]
) -> None:
    solid = [layer.edge_a[layer.faces] for layer in layers if layer.opacity is None]
    shown = np.sort(np.concatenate(solid), axis=1)
    wanted = np.sort(subdivision.faces, axis=1)
    assert {tuple(face) for face in shown} == {tuple(face) for face in wanted}
    assert len(shown) == len(wanted)


def test_patches_of_one_paint_are_nested_and_stacked(
    character: Character, subdivision: Subdivision, layers: list[PaintLayer]
) -> None:
    """Each covers less than the one before, lies within it, and floats higher. Lips are small; hair covers the scalp."""
    fine = subdivision(character.neutral_vertices)
    assert len(character.head.paint_colors) == 2
    for paint in range(len(character.head.paint_colors)):
        patches = [layer for layer in layers if layer.name.startswith(f"paint_{paint}_")]
        assert len(patches) >= 3
        areas = [area(patch.place(fine), patch.faces) for patch in patches]
        assert (np.diff(areas) < 0).all() and areas[0] < (0.02, 0.12)[paint]
        for wide, narrow in pairwise(patches):
            assert wide.lift is not None and narrow.lift is not None
            inside_wide = set(wide.edge_a[wide.fraction[:, 0] == 0])
            assert set(narrow.edge_a[narrow.fraction[:, 0] == 0]) <= inside_wide
            assert np.linalg.norm(narrow.lift, axis=1).min() > np.linalg.norm(wide.lift, axis=1).max()


def test_every_layer_has_a_colour_a_viewer_can_show(layers: list[PaintLayer]) -> None:
    assert layers[0].name == "skin"
    assert len({layer.name for layer in layers}) == len(layers)
    for layer in layers:
        assert len(layer.faces)
        assert all(isinstance(value, int) and 0 <= value <= 255 for value in layer.color)


def test_parts_of_one_colour_are_one_mesh_and_others_a_few() -> None:
    _, faces = square(4)
    plain = np.full((len(faces), 3), 90.0)
    assert len(module._split_by_color("x", faces, plain)) == 1
    halves = plain.copy()
    halves[::2] = 200
    split = module._split_by_color("x", faces, halves)
    assert sorted(layer.color for layer in split) == [(90, 90, 90), (200, 200, 200)]
    assert sum(len(layer.faces) for layer in split) == len(faces)


def test_a_head_without_paint_has_no_patches(character: Character) -> None:
    bare = HeadMesh(replace(character.head, paint_amounts=np.zeros_like(character.head.paint_amounts)))
    assert all(layer.opacity is None for layer in paint_layers(bare, bare.display))

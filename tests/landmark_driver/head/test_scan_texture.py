"""A scan's pictures survive its file, and what is shown of a scan is bounded and has its colours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.head import display_mesh as module
from landmark_driver.head.scan_mesh import ScanMesh
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.head.scan_texture import NO_PICTURE, split_at_seams
from tests.landmark_driver.textured_scan import textured_scan


def scan_of(character: Character) -> ScanSurface:
    assert character.scan is not None
    return character.scan


def test_pictures_and_coordinates_survive_the_file(tmp_path: Path) -> None:
    textured_scan().save(tmp_path / "x.safetensors")
    loaded = Character.load(tmp_path / "x.safetensors")
    own, kept = scan_of(textured_scan()).texture, scan_of(loaded).texture
    assert own is not None and kept is not None
    assert kept.pictures == own.pictures
    np.testing.assert_array_equal(kept.face_picture, own.face_picture)
    np.testing.assert_allclose(kept.coordinates, own.coordinates, atol=1e-7)


def test_files_without_pictures_load_as_before(tmp_path: Path) -> None:
    character = textured_scan()
    bare = replace(character, scan=replace(scan_of(character), texture=None))
    bare.save(tmp_path / "x.safetensors")
    loaded = Character.load(tmp_path / "x.safetensors")
    assert loaded.mesh.texture is None
    np.testing.assert_array_equal(loaded.mesh.vertex_colors, character.mesh.vertex_colors)


def test_the_texture_goes_with_the_shown_triangles() -> None:
    """The scan's own without those that are hidden, then the template's, which have no picture."""
    character = textured_scan()
    texture = character.mesh.texture
    own_texture = scan_of(character).texture
    assert texture is not None and own_texture is not None
    assert len(texture.face_picture) == len(character.faces)
    own = own_texture.face_picture[~scan_of(character).bridging]
    np.testing.assert_array_equal(texture.face_picture[: len(own)], own)
    assert (texture.face_picture[len(own) :] == NO_PICTURE).all()


def test_vertices_are_split_only_where_coordinates_differ() -> None:
    faces = np.array([[0, 1, 2], [2, 1, 3]])
    corner = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    source, coordinates, split = split_at_seams(faces, corner[faces])
    assert len(source) == 4
    seam = corner[faces].copy()
    seam[1] += 0.25
    source, coordinates, split = split_at_seams(faces, seam)
    assert len(source) == 6
    np.testing.assert_array_equal(source[split], faces)
    np.testing.assert_allclose(coordinates[split], seam)


def test_a_coarse_scan_is_shown_halved_with_the_pictures_colours() -> None:
    character = textured_scan()
    display, colors = character.mesh.display, character.mesh.display_colors.astype(float)
    shown = display(character.neutral_vertices)
    count = len(character.faces)
    assert len(display.faces) == 4 * count == len(character.mesh.display_part)
    np.testing.assert_array_equal(shown[: len(character.neutral_vertices)], character.neutral_vertices)
    middles = display.faces.reshape(count, 4, 3)[:, 3]
    corners = character.neutral_vertices[character.faces]
    np.testing.assert_allclose(shown[middles], (corners + np.roll(corners, -1, axis=1)) / 2, atol=1e-7)
    texture = character.mesh.texture
    assert texture is not None
    inside = np.flatnonzero(texture.face_picture == 0)[50]
    halves = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]])
    np.testing.assert_allclose(colors[middles[inside]], 255 * texture.sample(halves)[inside], atol=12)


def test_a_large_scan_is_shown_with_a_bounded_number_of_vertices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lips that touch stay two: no shown vertex is made of some that the opening jaw parts."""
    monkeypatch.setattr(module, "MOST_VERTICES", 1500)
    character = textured_scan()
    fresh = ScanMesh(character.head, scan_of(character))
    operator, count = fresh.display.operator, len(fresh.display(fresh.neutral_vertices))
    assert 750 < count <= 1500
    assert len(fresh.display_colors) == count
    assert len(fresh.display_part) == len(fresh.display.faces) > 1000
    assert fresh.display.faces.max() < count
    np.testing.assert_allclose(np.asarray(operator.sum(1)), 1, atol=1e-5)
    jaw = fresh.motion(character.head.neutral_vertices + character.head.expressions[17])
    moved = jaw - fresh.neutral_vertices
    for row in range(0, count, 7):
        members = operator.indices[operator.indptr[row] : operator.indptr[row + 1]]
        assert np.ptp(moved[members], axis=0).max() <= module._TOGETHER_M + 1e-6


def test_a_scan_with_other_tissue_is_still_that_scan() -> None:
    character = textured_scan()
    trained = replace(Character.load("default"), scan=character.scan)
    assert trained.network is not None
    softer = trained.with_material({"cheek_left.stiffness": 0.5})
    assert softer.scan is character.scan
    landmarks = 2 * character.head.landmark_expressions[17]
    moved = softer.driver()(landmarks) - trained.driver()(landmarks)
    assert np.abs(moved).max() > 1e-5


def test_a_subdivided_texture_shows_the_same_place_everywhere() -> None:
    texture = textured_scan().mesh.texture
    assert texture is not None
    fine = texture.subdivided()
    middle = np.full((1, 3), 1 / 3)
    own, parts = texture.sample(middle), fine.sample(middle)
    np.testing.assert_array_equal(parts[3::4], own)
    np.testing.assert_array_equal(np.repeat(texture.face_picture, 4), fine.face_picture)
    np.testing.assert_allclose(fine.coordinates[::4, 0], texture.coordinates[:, 0])
    np.testing.assert_allclose(fine.coordinates[1::4, 0], texture.coordinates[:, 1])

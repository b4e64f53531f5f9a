"""Skins that ship: their pictures and their places on the default head."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.dress.skin import RELIEF, SkinError, skin_material, skin_paints, skin_texture
from landmark_driver.head.identity_model import PARTS
from landmark_driver.head.scan_texture import NO_PICTURE


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


def test_skin_cavities_and_tongue_have_a_place_and_nothing_else_has(character: Character) -> None:
    texture = skin_texture("fair", len(character.head.faces))
    pictured = [
        PARTS[part] for part in np.unique(character.head.face_part[texture.face_picture != NO_PICTURE])
    ]
    assert pictured == ["skin", "mouth_cavity", "eye_cavity_left", "eye_cavity_right", "tongue"]
    assert texture.coordinates.min() >= 0 and texture.coordinates.max() <= 1


def test_no_two_triangles_share_a_place(character: Character) -> None:
    """Of one thousand places spread over the triangles, none lies in another triangle too."""
    texture = skin_texture("fair", len(character.head.faces))
    places = texture.coordinates[texture.face_picture != NO_PICTURE].astype(float)
    middles = places.mean(1)[:: len(places) // 1000]
    one, other = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    away = middles[:, None] - places[None, :, 0]
    second = (away[..., 0] * other[:, 1] - away[..., 1] * other[:, 0]) / area
    third = (one[:, 0] * away[..., 1] - one[:, 1] * away[..., 0]) / area
    inside = (second > 1e-3) & (third > 1e-3) & (second + third < 1 - 1e-3)
    assert (inside.sum(1) == 1).mean() > 0.999


def test_a_pixel_of_the_face_shows_about_as_much_skin_anywhere(character: Character) -> None:
    head = character.head
    places = skin_texture("fair", len(head.faces)).coordinates
    corners = head.neutral_vertices[head.faces].astype(float)
    middle = corners.mean(1)
    face = (head.face_part == 0) & (middle[:, 2] > -0.05) & (middle[:, 1] > -0.11)
    size = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    one, other = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    pixels = 1024**2 * np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
    pixel_mm = 1e3 * np.sqrt(size[face] / pixels[face])
    assert 0.3 < np.average(pixel_mm, weights=size[face]) < 0.45
    assert np.average(pixel_mm < 0.7, weights=size[face]) > 0.95


@pytest.mark.parametrize("name", RELIEF)
def test_a_skin_has_small_jpeg_pictures_of_the_kinds_that_its_material_names(name: str) -> None:
    material = skin_material(name)
    for data, size_px in (
        (material.color_picture, 1024),
        (material.normal_picture, 1024),
        (material.roughness_picture, 512),
    ):
        assert data is not None and data[:2] == b"\xff\xd8" and len(data) < 300_000
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None and image.shape == (size_px, size_px, 3)
    assert material.normal_picture is not None
    image = cv2.imdecode(np.frombuffer(material.normal_picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    normals = image[:, :, ::-1] / 127.5 - 1
    away = np.abs(np.linalg.norm(normals, axis=2) - 1)
    assert np.quantile(away, 0.99) < 0.1 and normals[:, :, 2].min() > 0.2


def test_lips_are_redder_than_cheeks_and_cheeks_than_the_forehead(character: Character) -> None:
    head, texture = character.head, character.mesh.texture
    assert texture is not None
    corners = head.landmark_corners[[17, 50, 151]]
    face = np.array([np.flatnonzero((np.sort(head.faces, 1) == np.sort(c)).all(1))[0] for c in corners])
    red = texture.at(face, np.full((3, 3), 1 / 3))
    ratio = red[:, 0] / red[:, 1]
    assert ratio[0] > 1.08 * ratio[1] and ratio[1] > ratio[2] and ratio[2] > 1.1


def test_colours_of_vertices_are_the_pictures(character: Character) -> None:
    mesh = character.mesh
    assert mesh.texture is not None
    fine = mesh.texture.subdivided()
    shown = fine.face_picture != NO_PICTURE
    wanted = 255 * fine.shrunk(256).sample()[shown].mean(1)
    found = mesh.display_colors[mesh.display.faces[shown]].astype(float).mean(1)
    assert np.abs(found - wanted).mean() < 4


def test_paints_are_lips_and_hair_on_the_skin(character: Character) -> None:
    lips, hair = skin_paints()
    assert len(lips) == len(character.head.display_colors)
    fine = character.mesh.display(character.neutral_vertices.astype(float))
    assert np.abs(np.average(fine, axis=0, weights=lips) - [0, -0.075, 0.025]).max() < 0.006
    assert np.average(fine, axis=0, weights=hair)[1] > 0.02 and (fine[hair > 200, 1] > -0.07).all()


def test_a_name_that_does_not_ship(character: Character) -> None:
    with pytest.raises(SkinError, match=r"Expected a skin that ships \(fair, brown, aged\), got 'blue'"):
        skin_texture("blue", len(character.head.faces))
    with pytest.raises(SkinError, match="default topology"):
        skin_texture("fair", 100)

"""Eyes, lashes, brows, hair and shoulders hang on any head and go where they should."""

from __future__ import annotations

from dataclasses import replace

import igl
import numpy as np
import pytest
from scipy.spatial import KDTree

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.piece import Piece
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.eyes import blendshape_vertices
from landmark_driver.people import PEOPLE

_MM = 1e3
_OUTFIT = Outfit(eyes="hazel", lashes="full", brows="soft_brown", hair="short_brown", body="shirt_navy")


@pytest.fixture(scope="module")
def dressed(character: Character) -> Character:
    return replace(character, outfit=_OUTFIT)


def piece(character: Character, name: str) -> Piece:
    return next(piece for piece in character.pieces if piece.name == name)


def moved(character: Character, **named: float) -> np.ndarray:
    """The head's vertices at some ARKit weights, those of both sides by one name."""
    weights = np.zeros(len(ARKIT_NAMES))
    for name, value in named.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in ARKIT_NAMES:
                weights[ARKIT_NAMES.index(full)] = value
    return blendshape_vertices(character.head, weights)


def on_head(character: Character, name: str, **named: float) -> np.ndarray:
    return piece(character, name).follow(moved(character, **named), character.neutral_vertices)


def test_every_piece_of_the_wardrobe_is_whole_and_goes_with_a_head_that_moves_as_one(
    dressed: Character,
) -> None:
    shift = np.array([0.01, -0.02, 0.03], np.float32)
    fixed = {"shirt", "neck"}
    for worn in dressed.pieces:
        assert np.isfinite(worn.vertices).all()
        assert worn.faces.min() == 0 and worn.faces.max() == len(worn.vertices) - 1
        assert worn.coordinates.min() >= 0 and worn.coordinates.max() <= 1
        assert worn.operator.shape == (len(worn.vertices), len(dressed.neutral_vertices))
        way = worn.follow(dressed.neutral_vertices + shift, dressed.neutral_vertices) - worn.vertices
        if worn.name not in fixed:
            np.testing.assert_allclose(way, np.broadcast_to(shift, way.shape), atol=2e-5)


def test_eyeballs_turn_rigidly_with_the_heads_own(dressed: Character) -> None:
    for number, side in enumerate(("left", "right")):
        centre = dressed.head.eye_centres[number]
        rest = piece(dressed, f"eye_{side}").vertices - centre
        turned = on_head(dressed, f"eye_{side}", eyeLookUp=1.0, eyeLookOutLeft=1.0) - centre
        np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(rest, axis=1), atol=2e-6)
        rows = dressed.head.eye_vertices[number]
        gaze = (moved(dressed, eyeLookUp=1.0, eyeLookOutLeft=1.0)[rows] - centre).max(0)
        np.testing.assert_allclose(turned.max(0), gaze, atol=4e-4)


@pytest.mark.parametrize(
    "pose",
    [{}, {"eyeBlink": 1.0}, {"eyeWide": 1.0}, {"eyeSquint": 1.0}, {"eyeBlink": 1.0, "cheekSquint": 1.0}],
)
def test_lashes_stay_out_of_the_eyeball_and_at_the_lids(pose: dict[str, float], dressed: Character) -> None:
    lashes = on_head(dressed, "lashes", **pose).reshape(2, 2, 5, -1, 3)
    shown = dressed.mesh.display(moved(dressed, **pose))
    skin = KDTree(shown[np.unique(dressed.mesh.display.faces[dressed.mesh.display_part == 0])])
    for number, centre in enumerate(dressed.head.eye_centres):
        radius = np.linalg.norm(
            dressed.neutral_vertices[dressed.head.eye_vertices[number]] - centre, axis=1
        ).min()
        away = np.linalg.norm(lashes[number] - centre, axis=-1)
        assert away.min() > radius, "lashes cross the eyeball"
        assert _MM * skin.query(lashes[number, :, 0].reshape(-1, 3))[0].max() < 3, "roots leave the lids"
        lengths = np.linalg.norm(lashes[number, :, -1] - lashes[number, :, 0], axis=-1)
        assert _MM * lengths.max() < 11 and _MM * lengths.min() > 1


def test_upper_lashes_come_down_in_a_blink(dressed: Character) -> None:
    rest, closed = (
        on_head(dressed, "lashes", **pose).reshape(2, 2, 5, -1, 3) for pose in ({}, {"eyeBlink": 1.0})
    )
    assert _MM * (rest[:, 0, :, 16, 1] - closed[:, 0, :, 16, 1]).min() > 7
    direction = closed[:, 0, -1, 16] - closed[:, 0, 0, 16]
    assert (direction[:, 2] > 0).all(), "they point out of the face"


@pytest.mark.parametrize("pose", [{}, {"browInnerUp": 1.0, "browOuterUp": 1.0}, {"browDown": 1.0}])
def test_brows_lie_on_the_skin(pose: dict[str, float], dressed: Character) -> None:
    shown = dressed.mesh.display(moved(dressed, **pose)).astype(float)
    faces = dressed.mesh.display.faces[dressed.mesh.display_part == 0]
    normals = vertex_normals(shown, faces)
    used = np.unique(faces)
    brows = on_head(dressed, "brows", **pose)
    near = used[KDTree(shown[used]).query(brows)[1]]
    above = _MM * ((brows - shown[near]) * normals[near]).sum(1)
    assert above.min() > -0.6 and above.max() < 2.0


def test_hair_begins_at_the_scalp_and_thins_out_at_the_hairline(dressed: Character) -> None:
    shown = dressed.mesh.display(dressed.neutral_vertices)
    faces = dressed.mesh.display.faces[dressed.mesh.display_part == 0]
    hair, scalp = piece(dressed, "hair"), piece(dressed, "scalp")
    roots = hair.vertices.reshape(-1, 6, 2, 3)[:, 0].mean(1)
    squared = igl.point_mesh_squared_distance(
        roots.astype(float), shown.astype(float), faces.astype(np.int64)
    )[0]
    assert _MM * np.sqrt(np.max(squared)) < 1.5
    assert len(hair.faces) + len(scalp.faces) <= 20_000
    assert roots[:, 1].min() < -0.02 and hair.vertices[:, 1].max() > shown[:, 1].max()
    edge = scalp.coordinates[:, 1]
    assert (edge == 0).any() and (edge > 0.9).mean() > 0.3


def test_the_neck_goes_on_where_the_head_ends(dressed: Character) -> None:
    """In every pose: nothing opens between the head's edge and the neck's."""
    for pose in ({}, {"jawOpen": 1.0}):
        shown = dressed.mesh.display(moved(dressed, **pose))
        neck = on_head(dressed, "neck", **pose)
        lowest = shown[np.unique(dressed.mesh.display.faces[dressed.mesh.display_part == 0])]
        edge = KDTree(neck).query(lowest)[0] < 2e-6
        assert edge.sum() >= 84, "the head's 84 edge vertices are the neck's too"
    assert np.abs(on_head(dressed, "shirt", jawOpen=1.0) - piece(dressed, "shirt").vertices).max() < 1e-4


@pytest.mark.parametrize("name", list(PEOPLE))
def test_people_find_everything_that_they_wear(name: str, character: Character) -> None:
    worn = replace(character, outfit=PEOPLE[name].outfit).pieces
    assert {"eye_left", "eye_right", "brows", "lashes", "hair", "scalp", "neck", "shirt"} <= {
        p.name for p in worn
    }

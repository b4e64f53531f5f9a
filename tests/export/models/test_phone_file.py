"""The puppet's file, driven by the page's own modules in node, against the desktop's driver on the same landmarks."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from scipy.spatial import KDTree

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from export.models.phone_file import phone_file
from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.live.face_driver import DrivenFace, FaceDriver
from landmark_driver.network.frame_file import read_frame
from tests.export.models.node_puppet import NodeFaces, drive_in_node

_TOLERANCE_MM = 0.01
_M_IN_MM = 1e3


@pytest.fixture(scope="module")
def dressed() -> Character:
    return Character.load("default")


@pytest.fixture(scope="module")
def character(dressed: Character) -> Character:
    """The same head without what it wears, which moves like its skin and takes long to draw."""
    return replace(dressed, outfit=Outfit(teeth=dressed.outfit.teeth))


def puppet_of(character: Character) -> bytes:
    puppet = phone_file(character)
    assert puppet is not None
    return puppet


def performance() -> list[LandmarkFrame]:
    """The take that ships, lost for a second in the middle, and its beginning once more."""
    frames = list(read_take(DEMO_TAKE))
    lost = [replace(f, landmarks=None, face_transform=None, blendshapes=None) for f in frames[200:230]]
    return [*frames[:200], *lost, *frames[230:], *frames[:40]]


def driven(character: Character, frames: list[LandmarkFrame]) -> list[DrivenFace]:
    driver = FaceDriver(character)
    return [driver(frame) for frame in frames]


def assert_equal_faces(page: NodeFaces, desktop: list[DrivenFace]) -> None:
    vertices = np.array([face.vertices for face in desktop])
    error_mm = _M_IN_MM * np.linalg.norm(page.vertices - vertices, axis=2)
    assert error_mm.max() < _TOLERANCE_MM
    np.testing.assert_allclose(page.poses, [face.T_world_head for face in desktop], atol=1e-9)
    assert page.tracked.tolist() == [face.tracked for face in desktop]
    assert page.calibrated.tolist() == [face.calibrated for face in desktop]


def test_the_page_moves_every_vertex_as_the_desktop_does(character: Character, tmp_path: Path) -> None:
    frames = performance()
    desktop = driven(character, frames)
    page = drive_in_node(puppet_of(character), frames, tmp_path)
    assert_equal_faces(page, desktop)
    weights = np.array([face.weights for face in desktop])
    for name in ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft"):
        assert weights[:, ARKIT_NAMES.index(name)].max() > 0.5, f"the take shows no {name}"
    assert not all(face.tracked for face in desktop)
    shown = np.array([drawn(character, face.vertices) for face in desktop])
    assert _M_IN_MM * np.abs(page.shown - shown).max() < _TOLERANCE_MM


def drawn(character: Character, vertices: np.ndarray) -> np.ndarray:
    """What a character shows: its surface, then its pieces."""
    pieces = [piece.follow(vertices, character.neutral_vertices) for piece in character.pieces]
    return np.concatenate([character.mesh.display(vertices), *pieces])


def test_what_a_head_wears_follows_it_in_the_page(dressed: Character, tmp_path: Path) -> None:
    frames = performance()[30:50]
    desktop = driven(dressed, frames)
    page = drive_in_node(puppet_of(dressed), frames, tmp_path)
    shown = np.array([drawn(dressed, face.vertices) for face in desktop])
    count = shown.shape[1]
    assert _M_IN_MM * np.abs(page.shown[:, :count] - shown).max() < _TOLERANCE_MM
    arrays = load(puppet_of(dressed))
    np.testing.assert_array_equal(page.shown[:, count:], page.shown[:, arrays["shown.copies"]])


def test_groups_hold_every_triangle_and_name_their_pictures_once(dressed: Character) -> None:
    puppet = puppet_of(dressed)
    arrays = load(puppet)
    header = json.loads(puppet[8 : 8 + int.from_bytes(puppet[:8], "little")])
    materials = json.loads(header["__metadata__"]["materials"])
    assert len(materials) == len(arrays["shown.ends"]) == len(arrays["coarse.ends"])
    assert arrays["shown.ends"][-1] == len(arrays["shown.faces"])
    assert arrays["coarse.ends"][-1] == len(arrays["coarse.faces"])
    rows, copies = len(arrays["shown.base"]), len(arrays["shown.copies"])
    assert arrays["shown.faces"].max() == rows + copies - 1
    assert len(arrays["shown.coordinates"]) == rows + copies and len(arrays["shown.colors"]) == rows
    shown = sum(len(piece.faces) for piece in dressed.pieces) + len(dressed.mesh.display.faces)
    assert len(arrays["shown.faces"]) == shown
    numbers = {entry[key] for entry in materials for key in entry if key.endswith("_picture")}
    pictures = {name: arrays[name].tobytes() for name in arrays if name.startswith("picture.")}
    assert numbers == set(range(len(pictures)))
    assert len(set(pictures.values())) == len(pictures)
    assert {"skin", "eyes", "hair", "scalp", "brows", "lashes", "crowns"} <= {
        entry["name"] for entry in materials
    }


def test_light_runs_on_over_the_neck(dressed: Character) -> None:
    """No two vertices of the skin lie in one place: the neck's edge takes the head's."""
    arrays = load(puppet_of(dressed))
    rows, copies = len(arrays["shown.base"]), arrays["shown.copies"].astype(int)
    of_row = np.concatenate([np.arange(rows), copies])
    header_materials = [piece.material.name for piece in dressed.pieces]
    neck = np.split(arrays["shown.faces"], arrays["shown.ends"][:-1])[-len(header_materials) :][
        header_materials.index("skin")
    ]
    used = np.unique(of_row[neck.ravel().astype(int)])
    head = len(dressed.mesh.display_colors)
    assert (used < head).sum() == 84, "the neck begins at the head's own vertices"
    assert not KDTree(arrays["shown.base"][used]).query_pairs(2e-6)


def test_lips_that_cross_are_parted_in_the_page_too(character: Character, tmp_path: Path) -> None:
    """In the take they do: without the separation the page would be further off than it may."""
    frames = list(read_take(DEMO_TAKE))[:120]
    vertices = np.array([face.vertices for face in driven(character, frames)])
    assert character.network is not None
    closed = replace(
        character.network.weights.lips, share=np.zeros_like(character.network.weights.lips.share)
    )
    lips = {f"lips.{name}": array for name, array in closed.arrays().items()}
    arrays = character.network.weights.arrays | lips
    unparted = replace(
        character,
        network=replace(character.network, weights=replace(character.network.weights, arrays=arrays)),
    )
    page = drive_in_node(puppet_of(unparted), frames, tmp_path)
    assert _M_IN_MM * np.linalg.norm(page.vertices - vertices, axis=2).max() > 3 * _TOLERANCE_MM


def test_edited_tissue_hangs_and_moves_in_the_page_as_on_the_desktop(
    character: Character, tmp_path: Path
) -> None:
    edited = character.with_material(
        {"cheek_left.strength": 0.0, "all.stiffness": 0.4}, gravity=(0.0, -9.81, 2.0)
    )
    frames = performance()[:90]
    desktop = driven(edited, frames)
    assert_equal_faces(drive_in_node(puppet_of(edited), frames, tmp_path), desktop)
    default = driven(character, frames)
    assert max(np.abs(a.vertices - b.vertices).max() for a, b in zip(desktop, default, strict=True)) > 1e-3


def test_a_scan_is_drawn_where_the_desktop_draws_it(character: Character, tmp_path: Path) -> None:
    scan = replace(character, scan=sampled_scan(character))
    frames = performance()[:60]
    desktop = np.array([face.vertices for face in driven(scan, frames)])
    page = drive_in_node(puppet_of(scan), frames, tmp_path)
    shown = np.array([drawn(scan, vertices) for vertices in desktop])
    assert _M_IN_MM * np.linalg.norm(page.shown - shown, axis=2).max() < _TOLERANCE_MM
    assert len(scan.pieces) == 3, "teeth and gums hang on the head's vertices beside the scan"
    assert np.ptp(desktop, axis=0).max() > 5e-3


def sampled_scan(character: Character) -> ScanSurface:
    """A scan in centimetres whose vertices are middles of the head's fine skin triangles."""
    display = character.mesh.display
    skin = np.flatnonzero(character.mesh.display_part == 0)[::3]
    points = display(character.neutral_vertices)[display.faces[skin]].mean(1).astype(float)
    return ScanSurface(
        vertices=100 * points,
        faces=np.arange(len(skin) // 3 * 3).reshape(-1, 3),
        bridging=np.zeros(len(skin) // 3, bool),
        fine_face=skin,
        weights=np.full((len(skin), 3), 1 / 3),
        colors=np.full((len(skin), 3), 128, np.uint8),
        added_vertices=np.unique(character.head.faces[character.head.face_part > 0]),
        T_head_scan=np.eye(4),
        scale_to_metres=0.01,
    )


def test_a_puppet_says_what_it_is_and_stays_below_ten_megabytes(dressed: Character) -> None:
    character = dressed
    puppet = puppet_of(character)
    header = json.loads(puppet[8 : 8 + int.from_bytes(puppet[:8], "little")])
    assert header["__metadata__"] == {
        "format": "softdeca-frame",
        "format_version": "1",
        "units": "metres, radians",
        "stages": "looks posterior bounds decoder residual sway arches seal eyes",
        "content": "phone",
        "materials": header["__metadata__"]["materials"],
    }
    assert header["decoder.resting_vertices"]["shape"] == list(character.neutral_vertices.shape)
    assert len(gzip.compress(puppet, 1)) < 10e6


def test_the_file_is_the_compiled_frames_own(character: Character, tmp_path: Path) -> None:
    """Readers of frames read the phone's file, and find the driver that the desktop runs."""
    path = tmp_path / "phone.safetensors"
    path.write_bytes(puppet_of(character))
    driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    given = DriverInput(character.head.landmark_expressions[ARKIT_NAMES.index("jawOpen")].astype(float))
    found, expected = (
        program.run(driver.frame(given)).vertices for program in (read_frame(path), driver.program)
    )
    assert found is not None and expected is not None
    assert np.abs(found - expected).max() < 1e-7


def test_a_character_of_linear_blendshapes_has_no_puppet(character: Character) -> None:
    assert phone_file(replace(character, network=None)) is None

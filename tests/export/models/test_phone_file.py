"""The puppet's file, driven by the page's own modules in node, against the desktop's driver on the same landmarks."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from export.models.phone_file import phone_file
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.head.scan_mesh import ScanSurface
from landmark_driver.live.face_driver import DrivenFace, FaceDriver
from landmark_driver.network.frame_file import read_frame
from tests.export.models.node_puppet import NodeFaces, drive_in_node

_TOLERANCE_MM = 0.01
_M_IN_MM = 1e3


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


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
    shown = np.array([character.mesh.display(face.vertices) for face in desktop])
    assert _M_IN_MM * np.abs(page.shown - shown).max() < _TOLERANCE_MM


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
    assert _M_IN_MM * np.linalg.norm(page.shown - desktop, axis=2).max() < _TOLERANCE_MM
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


def test_a_puppet_says_what_it_is_and_stays_below_ten_megabytes(character: Character) -> None:
    puppet = puppet_of(character)
    header = json.loads(puppet[8 : 8 + int.from_bytes(puppet[:8], "little")])
    assert header["__metadata__"] == {
        "format": "softdeca-frame",
        "format_version": "1",
        "units": "metres, radians",
        "stages": "looks posterior bounds decoder residual sway arches seal eyes",
        "content": "phone",
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

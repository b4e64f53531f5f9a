"""A recording driven offline, and the file that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character, CharacterError
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.live.drive import drive
from landmark_driver.live.drive_recording import drive_recording, find_neutral, write_npz
from landmark_driver.live.face_driver import DrivenFace
from tests.landmark_driver.landmarks.synthetic_face import no_face, performer, pose, seen


@pytest.fixture(scope="module")
def demo() -> list[LandmarkFrame]:
    return list(read_take(DEMO_TAKE))[:120]


def smiling_after(character: Character, second: float, scores: bool) -> list[LandmarkFrame]:
    """Two seconds: neutral for `second`, then a smile; with MediaPipe's scores or without."""
    frames = []
    for index in range(60):
        smiles = index / 30 >= second
        points = performer(character, {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0} if smiles else {})
        weights = np.full(52, 0.5 if smiles else 0.01, np.float32) if scores else None
        frames.append(replace(seen(points, pose(), time_s=5 + index / 30), blendshapes=weights))
    return frames


@pytest.mark.parametrize(("second", "scores"), [(0.5, True), (1.6, True), (1.6, False)])
def test_the_calmest_frames_are_the_neutral(character: Character, second: float, scores: bool) -> None:
    """By MediaPipe's scores even where most of the recording smiles; without them, the usual face."""
    found = find_neutral(smiling_after(character, second, scores), "auto")
    np.testing.assert_allclose(found, performer(character), atol=1e-9)


def test_the_neutral_may_be_said_in_seconds(character: Character) -> None:
    frames = smiling_after(character, 0.5, True)[::-1]
    frames = [replace(frame, capture_time_s=5 + index / 30) for index, frame in enumerate(frames)]
    smile = performer(character, {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0})
    expected = undo_perspective(seen(smile, pose())).points
    np.testing.assert_allclose(find_neutral(frames, "0.8"), expected, atol=1e-9)
    np.testing.assert_allclose(find_neutral(frames, "auto"), performer(character), atol=1e-9)


def test_the_first_frame_alone_may_be_the_neutral(demo: list[LandmarkFrame]) -> None:
    np.testing.assert_array_equal(find_neutral(demo, "0"), undo_perspective(demo[0]).points)


@pytest.mark.parametrize("neutral", ["soon", "-1", "nan", ""])
def test_a_neutral_that_is_neither_auto_nor_seconds(demo: list[LandmarkFrame], neutral: str) -> None:
    with pytest.raises(SourceError) as error:
        find_neutral(demo, neutral)
    assert str(error.value) == (
        f"Expected --neutral auto or a number of seconds, got '{neutral}'. Try --neutral 1."
    )


def test_a_recording_without_a_face_has_no_neutral() -> None:
    empty = [no_face(index / 30) for index in range(10)]
    with pytest.raises(SourceError) as error:
        find_neutral(empty, "auto")
    assert str(error.value) == (
        "Expected a face in the recording to find its neutral, got none. Choose another recording."
    )
    with pytest.raises(SourceError, match=r"Expected a face in its first 0\.2 s to find"):
        find_neutral(empty, "0.2")
    with pytest.raises(SourceError, match="Expected a face in the recording"):
        find_neutral([], "auto")


def test_the_file_holds_what_the_contract_says(
    character: Character, demo: list[LandmarkFrame], tmp_path: Path
) -> None:
    frames = [*demo[:50], replace(no_face(50 / 30), sequence=50), *demo[51:60]]
    faces = list(drive_recording(frames, character, find_neutral(frames, "auto")))
    progress: list[int] = []
    summary = write_npz(tmp_path / "x.npz", iter(faces), len(frames), character, progress.append)
    assert (summary.frames, summary.tracked) == (60, 59)
    assert progress == list(range(1, 61))
    count = len(character.neutral_vertices)
    expected = {
        "vertices": ((60, count, 3), np.float32),
        "faces": (character.faces.shape, np.int32),
        "timestamps_s": ((60,), np.float64),
        "T_world_head": ((60, 4, 4), np.float32),
        "tracked": ((60,), bool),
        "weights": ((60, 52), np.float32),
    }
    with np.load(tmp_path / "x.npz") as data:
        assert set(data.files) == {*expected, "weight_names"}
        for name, (shape, kind) in expected.items():
            assert (data[name].shape, data[name].dtype) == (shape, kind), name
        assert tuple(data["weight_names"]) == ARKIT_NAMES
        np.testing.assert_array_equal(data["timestamps_s"], [frame.capture_time_s for frame in frames])
        np.testing.assert_array_equal(data["tracked"], [index != 50 for index in range(60)])
        np.testing.assert_array_equal(data["faces"], character.faces)
        np.testing.assert_array_equal(data["vertices"][-1], faces[-1].vertices)
        np.testing.assert_allclose(data["weights"][-1], faces[-1].weights, atol=1e-7)
        rotation = data["T_world_head"][-1, :3, :3].astype(float)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)


def test_a_failure_on_the_way_leaves_no_file(
    character: Character, demo: list[LandmarkFrame], tmp_path: Path
) -> None:
    def failing() -> Iterator[DrivenFace]:
        yield from drive_recording(demo[:5], character, find_neutral(demo, "auto"))
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_npz(tmp_path / "x.npz", failing(), 10, character)
    assert list(tmp_path.iterdir()) == []


def test_the_same_recording_gives_the_same_vertices() -> None:
    once, again = drive(DEMO_TAKE), drive(DEMO_TAKE)
    assert len(once) == len(again) > 100
    for face, same, _ in zip(once, again, range(60), strict=False):
        np.testing.assert_array_equal(face.vertices, same.vertices)


def test_an_interrupted_take_can_be_driven(tmp_path: Path) -> None:
    """Cut off in the middle of a frame, under the name a crash leaves it."""
    part = tmp_path / "mine.mcap.part"
    part.write_bytes(DEMO_TAKE.read_bytes()[:400_000])
    driven = drive(part)
    assert 40 < len(driven) < 100
    assert all(face.tracked for face in driven)


def test_a_character_may_be_given_or_named(character: Character) -> None:
    given = next(iter(drive(DEMO_TAKE, character, driver="linear")))
    named = next(iter(drive(DEMO_TAKE, driver="linear")))
    np.testing.assert_array_equal(given.vertices, named.vertices)


def test_what_cannot_be_driven_is_refused_before_it_is_tracked(tmp_path: Path) -> None:
    missing = tmp_path / "missing.mp4"
    with pytest.raises(SourceError, match="Expected --neutral auto"):
        drive(missing, neutral="later")
    with pytest.raises(CharacterError, match="Expected a character file"):
        drive(missing, tmp_path / "nobody.safetensors")
    with pytest.raises(SourceError, match="which does not exist"):
        drive(missing)

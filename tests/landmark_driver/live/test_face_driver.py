"""One frame in, one moved face out, and what lasts from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import CALIBRATION_S, DrivenFace, FaceDriver
from tests.landmark_driver.landmarks.synthetic_face import no_face, performer, pose, seen

FPS = 30


@pytest.fixture
def driver(character: Character) -> FaceDriver:
    return FaceDriver(character, clock=lambda: 123.0)


@pytest.fixture(scope="module")
def demo() -> list[LandmarkFrame]:
    return list(read_take(DEMO_TAKE))


def performance(
    character: Character, weights: dict[str, float], start_s: float, seconds: float
) -> Iterable[LandmarkFrame]:
    points = performer(character, weights)
    for index in range(round(seconds * FPS)):
        yield seen(points, pose(), time_s=start_s + index / FPS, sequence=index)


def run(driver: FaceDriver, frames: Iterable[LandmarkFrame]) -> list[DrivenFace]:
    return [driver(frame) for frame in frames]


def moved_mm(face: DrivenFace, character: Character) -> float:
    """How far a face is from the driven neutral, whose lips are closed."""
    return 1e3 * float(np.linalg.norm(face.vertices - driven_neutral(character), axis=1).max())


_NEUTRAL: dict[int, np.ndarray] = {}


def driven_neutral(character: Character) -> np.ndarray:
    """Made once for each head, whose vertices the tests' session keeps."""
    key = id(character.head)
    if key not in _NEUTRAL:
        offset = character.mesh_driver().neutral_offset
        _NEUTRAL[key] = character.neutral_vertices + (0 if offset is None else offset)
    return _NEUTRAL[key]


def test_a_second_of_a_still_face_is_the_neutral(character: Character, driver: FaceDriver) -> None:
    faces = run(driver, performance(character, {"mouthSmileLeft": 0.5}, 0.0, 1.5))
    assert [face.calibrated for face in faces] == [
        face.capture_time_s >= CALIBRATION_S - 1e-9 for face in faces
    ]
    assert max(moved_mm(face, character) for face in faces) < 0.01


def test_the_head_moves_before_the_neutral_is_complete(character: Character, driver: FaceDriver) -> None:
    run(driver, performance(character, {}, 0.0, 0.2))
    faces = run(driver, performance(character, {"jawOpen": 1.0}, 0.2, 0.1))
    assert not faces[-1].calibrated
    assert moved_mm(faces[-1], character) > 3


def test_a_first_frame_in_mid_blink_is_not_the_neutral_for_a_whole_second(
    character: Character, driver: FaceDriver
) -> None:
    """What stands in for the neutral follows what was seen, and the oddest quarter is left out."""
    run(driver, performance(character, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, 0.0, 0.1))
    faces = run(driver, performance(character, {}, 0.1, 0.6))
    assert moved_mm(faces[0], character) > 2
    assert moved_mm(faces[-1], character) < 0.5 * moved_mm(faces[0], character)


def test_an_expression_after_the_neutral_is_seen(character: Character, driver: FaceDriver) -> None:
    run(driver, performance(character, {}, 0.0, 1.2))
    face = run(driver, performance(character, {"jawOpen": 0.8}, 1.2, 0.5))[-1]
    assert ARKIT_NAMES[int(face.weights.argmax())] == "jawOpen"
    assert face.tracked and face.calibrated
    assert face.vertices.dtype == np.float32


def test_the_calibrate_button_takes_the_next_second(character: Character, driver: FaceDriver) -> None:
    run(driver, performance(character, {}, 0.0, 1.2))
    smile = {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}
    before = run(driver, performance(character, smile, 1.2, 0.5))[-1]
    assert moved_mm(before, character) > 3
    driver.calibrate()
    assert not driver.calibrated
    after = run(driver, performance(character, smile, 1.7, 1.2))[-1]
    assert driver.calibrated
    assert moved_mm(after, character) < 0.1


def test_a_given_neutral_counts_at_once(character: Character, driver: FaceDriver) -> None:
    driver.use_neutral(performer(character))
    [face] = run(driver, performance(character, {}, 0.0, 1 / FPS))
    assert face.calibrated
    assert moved_mm(face, character) < 0.01


def test_a_lost_face_is_held_and_then_eases_to_neutral(character: Character, driver: FaceDriver) -> None:
    driver.use_neutral(performer(character))
    last = run(driver, performance(character, {"jawOpen": 1.0}, 0.0, 0.5))[-1]
    start_s = last.capture_time_s
    lost = run(driver, (no_face(start_s + index / FPS) for index in range(1, 91)))
    assert not any(face.tracked for face in lost)
    np.testing.assert_array_equal(lost[2].vertices, last.vertices)
    distance = [moved_mm(face, character) for face in lost]
    assert (np.diff(distance) <= 1e-6).all()
    assert 0.1 * distance[0] < distance[11] < 0.9 * distance[0]
    assert distance[-1] < 0.02 * distance[0]
    np.testing.assert_array_equal(lost[-1].T_world_head, last.T_world_head)


def test_a_face_that_comes_back_is_followed_at_once(character: Character, driver: FaceDriver) -> None:
    driver.use_neutral(performer(character))
    run(driver, (no_face(index / FPS) for index in range(30)))
    [face] = run(driver, performance(character, {"jawOpen": 1.0}, 1.0, 1 / FPS))
    assert face.tracked
    assert moved_mm(face, character) > 5


def test_frames_without_a_face_from_the_start_are_neutral(character: Character, driver: FaceDriver) -> None:
    faces = run(driver, (no_face(index / FPS) for index in range(60)))
    assert all(moved_mm(face, character) < 1e-5 and not face.calibrated for face in faces)


def test_a_face_that_cannot_be_one_is_no_face_and_leaves_no_trace(
    character: Character, demo: list[LandmarkFrame]
) -> None:
    clean, disturbed = FaceDriver(character), FaceDriver(character)
    bad = [
        replace(demo[5], landmarks=np.full((478, 3), np.nan, np.float32)),
        replace(demo[5], face_transform=np.zeros((4, 4), np.float32)),
    ]
    for frame in bad:
        face = disturbed(frame)
        assert not face.tracked and np.isfinite(face.vertices).all()
    for frame in demo[6:60]:
        expected, found = clean(frame), disturbed(frame)
        np.testing.assert_array_equal(found.vertices, expected.vertices)


def test_a_take_that_starts_again_is_driven_as_the_first_time(
    character: Character, driver: FaceDriver, demo: list[LandmarkFrame]
) -> None:
    first = run(driver, demo[:45])
    driver.calibrate()
    second = run(driver, demo[:45])
    np.testing.assert_array_equal(second[-1].vertices, first[-1].vertices)
    assert [face.calibrated for face in second] == [face.calibrated for face in first]


def test_a_take_that_starts_again_in_mid_calibration_takes_a_whole_second_again(
    character: Character, driver: FaceDriver
) -> None:
    run(driver, performance(character, {}, 100.0, 0.7))
    faces = run(driver, performance(character, {}, 0.0, 1.2))
    assert not faces[27].calibrated and faces[-1].calibrated


def test_a_face_lost_after_a_restart_eases_too(character: Character, driver: FaceDriver) -> None:
    driver.use_neutral(performer(character))
    run(driver, performance(character, {"jawOpen": 1.0}, 100.0, 0.5))
    lost = run(driver, (no_face(index / FPS) for index in range(60)))
    assert moved_mm(lost[-1], character) < 0.1


def test_the_pose_is_that_of_the_head(character: Character, driver: FaceDriver) -> None:
    """World is the camera: a head turned and moved is turned and moved, whatever its expression."""
    driver.use_neutral(performer(character))
    T_face_head = np.eye(4)
    T_face_head[:3, 3] = (performer(character) - character.head.neutral_landmarks)[0]
    T_camera_face = pose((8, -20, 5), (0.05, 0.02, -0.6))
    frame = seen(performer(character), T_camera_face)
    np.testing.assert_allclose(driver(frame).T_world_head, T_camera_face @ T_face_head, atol=1e-9)


def test_times_and_numbers_pass_through(character: Character, driver: FaceDriver) -> None:
    frame = replace(seen(performer(character), pose()), sequence=7, capture_time_s=3.0, receive_time_s=4.0)
    face = driver(frame)
    assert (face.sequence, face.capture_time_s, face.receive_time_s, face.vertices_time_s) == (7, 3, 4, 123)


@pytest.mark.parametrize(
    ("time_s", "name"),
    [(1.95, "mouthSmileLeft"), (3.3, "browInnerUp"), (4.45, "jawOpen"), (9.85, "eyeBlinkLeft")],
)
def test_the_demo_drives_the_head_as_it_was_performed(
    character: Character, demo: list[LandmarkFrame], time_s: float, name: str
) -> None:
    driver = FaceDriver(character)
    faces = run(driver, [frame for frame in demo if frame.capture_time_s <= time_s])
    assert faces[-1].weights[ARKIT_NAMES.index(name)] > 0.35
    assert faces[20].weights[ARKIT_NAMES.index(name)] < 0.1  # before anything moves


def test_a_recording_settles_its_residual_and_is_then_driven_from_rest(
    character: Character, demo: list[LandmarkFrame]
) -> None:
    """What is found of the whole recording changes the choice, and nothing else is left of having looked."""
    frames = demo[:90]
    settled, fresh = FaceDriver(character), FaceDriver(character)
    neutral = find_neutral(frames, "auto")
    for one in (settled, fresh):
        one.use_neutral(neutral)
    settled.settle(frames)
    chosen = settled.driver.head_driver
    other = fresh.driver.head_driver
    assert isinstance(chosen, SparseDriver) and isinstance(other, SparseDriver)
    other.set_choice(chosen.choice)
    for one, another in zip(run(settled, frames), run(fresh, frames), strict=True):
        np.testing.assert_allclose(one.vertices, another.vertices, atol=1e-7)


def test_live_faces_are_offered_to_the_evidence_once_they_are_calibrated(character: Character) -> None:
    driver = FaceDriver(character, follows_evidence=True)
    assert driver.evidence is not None
    offered: list[float] = []
    driver.evidence.offer = lambda given, time_s: offered.append(time_s)  # type: ignore[method-assign]
    run(driver, performance(character, {}, 0.0, 2.0))
    assert offered and min(offered) >= CALIBRATION_S - 1e-9
    driver.evidence.stop()
    assert FaceDriver(character).evidence is None
    assert FaceDriver(character, driver="linear", follows_evidence=True).evidence is None

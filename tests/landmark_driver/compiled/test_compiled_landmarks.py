"""The stages of a tracked face, each in C and in NumPy with the same input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import NUMPY, C
from landmark_driver.landmarks.calibration import rigidity_weights
from landmark_driver.landmarks.perspective import HeadLandmarks
from landmark_driver.network.sway_mode import SwayMode
from tests.landmark_driver.compiled.driven import needs_library, take

pytestmark = needs_library

BOTH = (NUMPY, C)


@pytest.fixture(scope="module")
def faces() -> list[HeadLandmarks]:
    found = [C.perspective()(frame) for frame in take()[::10]]
    return [face for face in found if face is not None]


def test_perspective_is_undone_alike_and_numbers_that_are_no_face_are_refused() -> None:
    undo = [each.perspective() for each in BOTH]
    for frame in take()[::25]:
        expected, found = (each(frame) for each in undo)
        assert expected is not None and found is not None
        np.testing.assert_allclose(found.points, expected.points, rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.T_camera_face, expected.T_camera_face, rtol=0, atol=1e-12)
    frame = take()[0]
    assert frame.landmarks is not None
    for landmarks in (np.full_like(frame.landmarks, np.nan), np.zeros_like(frame.landmarks), None):
        assert undo[1](replace(frame, landmarks=landmarks)) is None


def test_calibration_lays_faces_over_the_neutral_alike(
    character: Character, faces: list[HeadLandmarks]
) -> None:
    head = character.head
    still = rigidity_weights(head.landmark_expressions)
    one, other = (each.calibration(faces[0].points, head.neutral_landmarks, still) for each in BOTH)
    rng = np.random.default_rng(0)
    for face in faces:
        turned = Rotation.from_rotvec(rng.normal(0, 1.5, 3)).as_matrix()
        moved = HeadLandmarks(face.points @ turned.T * 1.3 + rng.normal(0, 0.2, 3), face.T_camera_face)
        expected, found = one(moved), other(moved)
        for name in ("displacements", "points", "T_camera_head"):
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=0, atol=1e-12)


def test_the_trackers_response_is_undone_alike() -> None:
    one, other, rng = NUMPY.tracker_response(), C.tracker_response(), np.random.default_rng(1)
    for size in (0, 1e-4, 1e-3, 5e-3, 0.05):
        reported = rng.normal(0, size, (478, 3))
        expected, found = one(reported), other(reported)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 + 1e-5 * size)
        np.testing.assert_array_equal(found[468:], reported[468:])


def test_lids_and_lips_are_opened_alike(character: Character, faces: list[HeadLandmarks]) -> None:
    neutral = character.head.neutral_landmarks
    one, other = (each.apertures(faces[0].points, neutral) for each in BOTH)
    rng = np.random.default_rng(2)
    for number in range(200):  # from wide open to shut, and crossed
        points = faces[number % len(faces)].points.copy()
        points[:, 1] *= rng.uniform(0.0, 2.0)
        moved = rng.normal(0, 2e-3, (478, 3))
        expected, found = (each(points, moved, number / 30) for each in (one, other))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_filter_smooths_alike_and_starts_anew_where_numbers_were_missing() -> None:
    rng = np.random.default_rng(3)
    cutoff_hz, threshold = rng.uniform(0.5, 3, 478), rng.uniform(5e-4, 2e-3, 478)
    one, other = (each.smoothing(cutoff_hz, threshold) for each in BOTH)
    time_s = 0.0
    for number in range(60):
        values = rng.normal(0, 1e-3, (478, 3))
        values[::7] = np.nan if number in (10, 11) else values[::7]
        time_s += 2.0 if number == 30 else float(rng.choice([0.0, 1 / 30, 1 / 60]))
        expected, found = one(values, time_s), other(values, time_s)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_the_gaze_is_followed_alike(faces: list[HeadLandmarks]) -> None:
    one, other, rng = NUMPY.gaze(), C.gaze(), np.random.default_rng(4)
    for face in faces:
        points = face.points.copy()
        points[:, 1] *= rng.uniform(0.2, 1.2)
        given = (points, rng.normal(0, 4e-3, (478, 3)), rng.normal(0, 0.2, (2, 2)))
        before = given[2].copy()
        np.testing.assert_allclose(other(*given), one(*given), rtol=0, atol=1e-12)
        np.testing.assert_array_equal(given[2], before)


def test_flesh_lags_alike_over_gaps_and_resets() -> None:
    modes = [SwayMode(20.0, np.array([0, -0.05, 0.06])), SwayMode(28.0, np.array([0.01, -0.04, 0.05]))]
    one, other = (each.secondary_motion(modes[0]) for each in BOTH)
    rng, time_s, pose = np.random.default_rng(5), 0.0, np.eye(4)
    largest = 0.0
    for number in range(300):
        time_s += 1.0 if number in (100, 101) else -0.5 if number == 150 else float(rng.uniform(0.01, 0.05))
        pose[:3, :3] = Rotation.from_euler("xyz", 0.3 * np.sin(time_s * np.array([3, 4, 5.0]))).as_matrix()
        pose[:3, 3] = 0.1 * np.sin(time_s * np.array([6, 7, 8.0]))
        if number == 200:
            one.reset(), other.reset()
        one.mode = other.mode = modes[number > 250]
        expected, found = one(pose, time_s), other(pose, time_s)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
        largest = max(largest, float(np.abs(expected).max()))
    assert largest > 1

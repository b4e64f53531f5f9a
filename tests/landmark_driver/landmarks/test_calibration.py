"""A performer's points laid over a character's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.geometry.similarity import Similarity
from landmark_driver.landmarks.calibration import (
    Calibration,
    local_size_ratio,
    neutral_points,
    rigidity_weights,
)
from landmark_driver.landmarks.perspective import HeadLandmarks
from tests.landmark_driver.landmarks.synthetic_face import pose


@pytest.fixture(scope="module")
def still(character: Character) -> np.ndarray:
    return rigidity_weights(character.head.embedding(character.head.expressions.astype(float)))


def displacement(character: Character, name: str) -> np.ndarray:
    return character.head.embedding(character.head.expressions[ARKIT_NAMES.index(name)].astype(float))


def another_face(turn_deg: tuple[float, float, float] = (6, -5, 4), scale: float = 1.15) -> Similarity:
    """From the character to a performer of another size, sitting otherwise in the face frame."""
    turn = Rotation.from_euler("xyz", turn_deg, degrees=True).as_matrix()
    return Similarity(turn, scale, np.array([0.01, 0.03, 0.04]))


def test_the_neutral_face_moves_nothing(character: Character, still: np.ndarray) -> None:
    neutral = another_face()(character.head.neutral_landmarks)
    found = Calibration(neutral, character.head.neutral_landmarks, still)(HeadLandmarks(neutral, np.eye(4)))
    np.testing.assert_allclose(found.displacements, 0, atol=1e-12)


def test_a_larger_and_turned_performer_moves_the_character_alike(
    character: Character, still: np.ndarray
) -> None:
    neutral = character.head.neutral_landmarks
    smile = neutral + displacement(character, "mouthSmileLeft")
    same = Calibration(neutral, neutral, still)(HeadLandmarks(smile, np.eye(4))).displacements
    face = another_face()
    calibration = Calibration(face(neutral), neutral, still)
    other = calibration(HeadLandmarks(face(smile), np.eye(4))).displacements
    assert np.abs(other - same).max() < 0.05 * np.abs(same).max()


def test_scale_alone_changes_nothing_at_all(character: Character, still: np.ndarray) -> None:
    neutral = character.head.neutral_landmarks
    smile = neutral + displacement(character, "jawOpen")
    same = Calibration(neutral, neutral, still)(HeadLandmarks(smile, np.eye(4))).displacements
    other = Calibration(1.3 * neutral, neutral, still)(HeadLandmarks(1.3 * smile, np.eye(4))).displacements
    np.testing.assert_allclose(other, same, atol=1e-12)


@pytest.mark.parametrize("name", ["mouthSmileRight", "jawOpen", "browInnerUp", "eyeBlinkLeft"])
def test_an_expression_arrives_as_it_was(character: Character, still: np.ndarray, name: str) -> None:
    neutral, moved = character.head.neutral_landmarks, displacement(character, name)
    found = Calibration(neutral, neutral, still)(HeadLandmarks(neutral + moved, np.eye(4))).displacements
    assert np.linalg.norm(found - moved, axis=1).max() < 0.15 * np.linalg.norm(moved, axis=1).max()


def test_motion_and_guessed_size_of_the_whole_head_are_no_expression(
    character: Character, still: np.ndarray
) -> None:
    neutral = another_face()(character.head.neutral_landmarks)
    calibration = Calibration(neutral, character.head.neutral_landmarks, still)
    turn = Rotation.from_euler("xyz", [3, 8, -2], degrees=True).as_matrix()
    moved = 1.04 * neutral @ turn.T + [0.01, -0.004, 0.02]
    found = calibration(HeadLandmarks(moved, np.eye(4)))
    np.testing.assert_allclose(found.displacements, 0, atol=1e-12)


def test_the_pose_is_that_of_the_characters_own_frame(character: Character, still: np.ndarray) -> None:
    """T_camera_head = T_camera_face T_face_head, whatever part of the motion MediaPipe left in the points."""
    face = another_face()
    T_face_head = np.eye(4)
    T_face_head[:3, :3], T_face_head[:3, 3] = face.rotation, face.translation
    neutral = face(character.head.neutral_landmarks)
    calibration = Calibration(neutral, character.head.neutral_landmarks, still)
    T_camera_face = pose((10, -15, 3), (0.1, 0.02, -0.5))
    found = calibration(HeadLandmarks(neutral, T_camera_face)).T_camera_head
    np.testing.assert_allclose(found, T_camera_face @ T_face_head, atol=1e-12)

    left_over = pose((2, 1, -1), (0.003, 0.001, 0.002))
    moved = neutral @ left_over[:3, :3].T + left_over[:3, 3]
    found = calibration(HeadLandmarks(moved, T_camera_face)).T_camera_head
    np.testing.assert_allclose(found, T_camera_face @ left_over @ T_face_head, atol=1e-12)


def test_the_oddest_quarter_of_the_moments_is_left_out() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 0.05, (478, 3))
    moments = [true + rng.normal(0, 1e-4, (478, 3)) for _ in range(30)]
    for index in (3, 11, 12, 13, 25):
        moments[index] = moments[index] + 0.01
    assert np.abs(neutral_points(moments) - true).max() < 2e-4


def test_one_moment_is_a_neutral() -> None:
    moment = np.random.default_rng(1).normal(size=(478, 3))
    np.testing.assert_array_equal(neutral_points([moment]), moment)


def test_moments_that_are_equally_far_are_kept_or_left_out_together() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 0.05, (2, 478, 3))
    np.testing.assert_allclose(neutral_points([a, a, b, b]), (a + b) / 2, atol=1e-12)


def test_the_skull_is_trusted_and_the_lips_are_not(still: np.ndarray) -> None:
    assert ((still > 0) & (still <= 1)).all()
    bridge, lip_corner, chin = 6, 61, 152
    assert still[bridge] > 3 * still[chin] > 0
    assert still[lip_corner] < 0.1 * still[bridge]


def test_local_sizes_follow_the_face_and_stay_near_the_whole(character: Character) -> None:
    points = character.head.neutral_landmarks
    np.testing.assert_allclose(local_size_ratio(points, points), 1)
    np.testing.assert_allclose(local_size_ratio(points / 1.2, points), 1.2)
    wide_mouth = points.copy()
    mouth = np.linalg.norm(points - points[13], axis=1) < 0.035
    wide_mouth[mouth] = points[13] + 1.5 * (points[mouth] - points[13])
    ratio = local_size_ratio(points, wide_mouth)
    assert ratio[13] > 1.1 and ratio[10] < ratio[13]
    whole = local_size_ratio(points, 3 * wide_mouth)
    assert whole.max() / whole.min() <= 1.25**2 + 1e-9

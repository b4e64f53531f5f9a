"""Landmarks in a picture back to points in space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.landmarks.perspective import face_in, undo_perspective
from tests.landmark_driver.landmarks.synthetic_face import in_face_frame, no_face, performer, pose, seen


@pytest.mark.parametrize("size_px", [(640, 480), (480, 640), (1920, 1080), (300, 300)])
@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (12, -25, 8), (-20, 30, -15)])
def test_known_points_come_back_from_any_pose_and_picture(
    character: Character, turn_deg: tuple[float, float, float], size_px: tuple[int, int]
) -> None:
    points = performer(character, {"jawOpen": 0.6, "mouthSmileLeft": 0.9})
    points = in_face_frame(points)
    T_camera_face = pose(turn_deg, (0.05, -0.03, -0.45))
    found = undo_perspective(seen(points, T_camera_face, size_px=size_px))
    np.testing.assert_allclose(found.points, points, atol=1e-12)
    np.testing.assert_allclose(found.T_camera_face, T_camera_face, atol=1e-12)


def test_a_face_twice_as_far_and_twice_as_large_looks_the_same(character: Character) -> None:
    """A picture holds no size: the pose's distance alone decides it."""
    points = performer(character)
    near, far = pose((5, 10, 0), (0.02, 0.01, -0.4)), pose((5, 10, 0), (0.04, 0.02, -0.8))
    frame, other = seen(points, near), seen(2 * points, far)
    assert frame.landmarks is not None and other.landmarks is not None
    np.testing.assert_allclose(other.landmarks, frame.landmarks, atol=1e-12)
    same = undo_perspective(replace(other, face_transform=frame.face_transform))
    np.testing.assert_allclose(same.points, points, atol=1e-12)


def test_an_expression_does_not_move_the_landmarks_that_keep_still(character: Character) -> None:
    """The normalisation follows the weighted centroid: what an expression does to it shifts all, a little."""
    neutral = undo_perspective(seen(performer(character), pose())).points
    smile = undo_perspective(seen(performer(character, {"mouthSmileLeft": 1.0}), pose())).points
    forehead = [10, 151, 9, 67, 297]
    assert np.linalg.norm(smile - neutral, axis=1)[forehead].max() < 2e-3
    assert np.linalg.norm(smile[291] - neutral[291]) > 5e-3


def test_the_nose_is_in_front_and_the_subjects_left_is_at_positive_x(character: Character) -> None:
    points = undo_perspective(seen(performer(character), pose())).points
    assert points[4, 2] > points[[33, 263, 10, 152], 2].max() + 0.02
    assert points[263, 0] > 0.02 and points[33, 0] < -0.02
    assert points[10, 1] > points[152, 1] + 0.08


def test_a_recorded_face_is_the_same_size_from_frame_to_frame() -> None:
    widths = []
    for frame in read_take(DEMO_TAKE):
        points = undo_perspective(frame).points
        widths.append(np.linalg.norm(points[263] - points[33]))
    assert 0.07 < np.mean(widths) < 0.12
    assert np.std(widths) < 0.03 * np.mean(widths)


def test_frames_without_a_plausible_face_have_none(character: Character) -> None:
    frame = seen(performer(character), pose())
    assert face_in(frame) is not None
    assert face_in(no_face(0.0)) is None
    assert face_in(replace(frame, face_transform=None)) is None
    assert face_in(replace(frame, face_transform=np.zeros((4, 4)))) is None
    assert face_in(replace(frame, landmarks=np.full((478, 3), np.nan))) is None
    assert face_in(replace(frame, landmarks=np.full((478, 3), 0.5))) is None

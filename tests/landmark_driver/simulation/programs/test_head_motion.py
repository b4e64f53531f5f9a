"""A head that turns: signs, order and pivot."""

import numpy as np
import pytest

from landmark_driver.geometry.affine_pose import moved_points
from landmark_driver.simulation.programs.head_motion import head_pose

PIVOT = np.array([0.0, -0.04, -0.07])


@pytest.mark.parametrize(
    ("angles", "nose_goes"),
    [((0.1, 0, 0), (-1, 0)), ((0, 0.1, 0), (0, -1))],
    ids=["yaw to the subject's right", "pitch down"],
)
def test_the_nose_goes_where_the_angle_says(angles, nose_goes):
    nose = PIVOT + np.array([0.0, 0.0, 0.1])
    moved = moved_points(head_pose(np.array(angles), PIVOT), nose[None])[0] - nose
    assert moved[:2] == pytest.approx(0.1 * np.sin(0.1) * np.array(nose_goes), abs=1e-12)


def test_roll_tilts_the_crown_to_the_subjects_right():
    crown = PIVOT + np.array([0.0, 0.1, 0.0])
    moved = moved_points(head_pose(np.array([0, 0, 0.1]), PIVOT), crown[None])[0]
    assert moved[0] == pytest.approx(-0.1 * np.sin(0.1))


def test_the_pivot_stays_and_yaw_is_applied_last():
    pose = head_pose(np.array([np.pi / 2, np.pi / 2, 0]), PIVOT)
    assert moved_points(pose, PIVOT[None])[0] == pytest.approx(PIVOT)
    forward = moved_points(pose, (PIVOT + np.array([0, 0, 1.0]))[None])[0] - PIVOT
    assert forward == pytest.approx([0, -1, 0])

"""Recordings as motion: where they begin, lag and end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from capture.frames.arkit_csv import WeightsRecording
from landmark_driver.simulation.contact.body_contact import BodyContact
from landmark_driver.simulation.energy.simulation_error import LoadError
from landmark_driver.simulation.programs.head_motion import head_pose
from landmark_driver.simulation.programs.move_head import MotionSettings, move_head, sampled
from tests.landmark_driver.simulation.conftest import expression

GRAVITY = (0.0, -9.81, 0.0)


def held(seconds_rad: np.ndarray | None = None, **weights: float) -> WeightsRecording:
    """One expression, or a neutral face while the head pitches as listed, 30 times a second."""
    if seconds_rad is None:
        return WeightsRecording(np.zeros(1), expression(**weights)[None])
    angles = np.stack([0 * seconds_rad, seconds_rad, 0 * seconds_rad], 1)
    return WeightsRecording(np.arange(len(angles)) / 30, np.zeros((len(angles), 52)), angles)


def distance_mm(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a - b, axis=1) * 1e3


def test_a_recording_is_sampled_between_its_rows() -> None:
    weights = np.stack([expression(jawOpen=0.0), expression(jawOpen=1.0)])
    recording = WeightsRecording(np.array([0.0, 0.1]), weights, np.array([[0.0, 0, 0], [0.2, 0, 0]]))
    frames = sampled(recording, 40)
    assert frames.times_s == pytest.approx([0, 0.025, 0.05, 0.075, 0.1])
    assert frames.weights.max(1) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert frames.head_angles_rad is not None
    assert frames.head_angles_rad[:, 0] == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


def test_one_expression_is_held_for_a_second() -> None:
    frames = sampled(held(jawOpen=0.5), 20)
    assert frames.times_s == pytest.approx(np.arange(21) / 20)
    assert (frames.weights == frames.weights[0]).all()
    assert frames.head_angles_rad is None


def test_a_held_expression_swings_to_where_it_settles(head, smile) -> None:
    soft = head.with_materials(head.simulator.materials.scaled("soft_youngs_pa", 0.2))
    recording = held(mouthSmileLeft=1.0, mouthSmileRight=1.0)
    frames = list(move_head(head, soft, recording, MotionSettings(20, 4.0), contact=False))
    settled = head.solve_static(smile, soft, contact=False).vertices
    away = [distance_mm(frame.face.vertices, settled).max() for frame in frames]
    assert away[0] > 0.5
    assert away[-1] < 0.15
    assert all(frame.face.settled.inversions == 0 for frame in frames)


def test_lips_that_swing_together_stay_outside_each_other(head, touching) -> None:
    recording = WeightsRecording(
        np.array([0.0, 0.1]),
        np.stack([expression(jawOpen=0.1), expression(mouthPucker=1.0)]),
    )
    lips = next(contact for contact in touching.contacts if isinstance(contact, BodyContact))
    through = list(move_head(head, touching, recording, MotionSettings(20), contact=False))
    apart = list(move_head(head, touching, recording, MotionSettings(20)))
    assert len(lips.intersections(through[-1].tissue.nodes)) > 20
    assert [frame.face.settled.penetrations for frame in apart] == [0, 0, 0]
    assert all(len(lips.intersections(frame.tissue.nodes)) == 0 for frame in apart)


def test_a_nod_makes_flesh_lag_and_its_energy_falls_once_the_head_is_still(head) -> None:
    pitch = np.concatenate([0.15 * (1 - np.cos(2 * np.pi * np.arange(8) / 8)), np.zeros(12)])
    soft = head.with_materials(head.simulator.materials.scaled("soft_youngs_pa", 0.4))
    frames = list(move_head(head, soft, held(pitch), MotionSettings(30), gravity_m_s2=GRAVITY, contact=False))
    lag = [distance_mm(frame.face.vertices, frames[0].face.vertices).max() for frame in frames]
    assert max(lag[:9]) > 0.25
    assert lag[-1] < max(lag[:9]) / 2
    still = [frame.tissue.total_j for frame in frames[8:]]
    assert all(later <= earlier + 1e-8 for earlier, later in pairwise(still))
    assert frames[4].T_world_head == pytest.approx(head_pose(np.array([0, 0.3, 0]), _pivot(frames)), abs=1e-9)


def _pivot(frames) -> np.ndarray:
    """The one point that a pitching head leaves where it is, in the head's middle plane."""
    pose = frames[4].T_world_head
    return np.linalg.lstsq(np.eye(3) - pose[:3, :3], pose[:3, 3], rcond=None)[0]


def test_gravity_of_a_turned_head_is_the_worlds(head, neutral) -> None:
    angle = 0.8
    frames = move_head(
        head, head.simulator, held(np.full(3, angle)), MotionSettings(30), gravity_m_s2=GRAVITY, contact=False
    )
    last = list(frames)[-1]
    x, y, z = head_pose(np.array([0, angle, 0]), np.zeros(3))[:3, :3].T @ np.array(GRAVITY)
    settled = head.solve_static(neutral, gravity_m_s2=(x, y, z), contact=False)
    assert distance_mm(last.face.vertices, settled.vertices).max() < 0.1
    upright = head.solve_static(neutral, gravity_m_s2=GRAVITY, contact=False)
    assert distance_mm(last.face.vertices, upright.vertices).max() > 0.3


def test_a_frame_is_cut_into_steps_of_at_most_a_sixtieth() -> None:
    assert [MotionSettings(fps).steps_a_frame for fps in (10, 25, 30, 60, 61, 240)] == [6, 3, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("fps", "damping", "said"),
    [
        (5, 8.0, "Expected 10 to 1000 frames a second for motion, got 5"),
        (float("nan"), 8.0, "Expected 10 to 1000 frames a second"),
        (30, -1.0, "Expected damping from 0 on, in 1/s, got -1"),
    ],
)
def test_motion_that_cannot_be_is_named(fps: float, damping: float, said: str) -> None:
    with pytest.raises(LoadError, match=said):
        MotionSettings(fps, damping)

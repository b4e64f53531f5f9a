"""A nod, for pictures of flesh that follows: two in a second and then stillness."""

from __future__ import annotations

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.arkit_csv import WeightsRecording
from docs.scripts.stage import Stage
from landmark_driver.simulation.programs.move_head import MotionSettings, MovedFrame, move_head

NOD_FPS, NOD_LASTS_S, NOD_STOPS_S = 30.0, 2.0, 1.0
FULL_COLOR_MM = 2.0
"""Flesh that lags as far is tinted wholly."""
_PITCH_RAD = 0.45
_SOFT = (
    "all.stiffness=0.4",
    "cheek.stiffness=0.048",
    "jaw.stiffness=0.08",
    "cheek.volume=1.3",
    "jaw.volume=1.2",
)
_UP = (0.0, -9.81, 0.0)


def nod_recording() -> WeightsRecording:
    """A head that nods and shows no expression."""
    times = np.arange(int(NOD_LASTS_S * NOD_FPS) + 1) / NOD_FPS
    down = (1 - np.cos(4 * np.pi * times / NOD_STOPS_S)) / 2
    pitch = np.where(times < NOD_STOPS_S, _PITCH_RAD * down, 0.0)
    angles = np.stack([0 * pitch, pitch, 0 * pitch], 1)
    return WeightsRecording(times, np.zeros((len(times), len(ARKIT_NAMES))), angles)


def nod_frames(stage: Stage) -> list[MovedFrame]:
    """In soft tissue with full cheeks."""
    simulator, motion = stage.tissue(*_SOFT), MotionSettings(NOD_FPS)
    return list(move_head(stage.head, simulator, nod_recording(), motion, gravity_m_s2=_UP, contact=False))


def lag(frames: list[MovedFrame], number: int) -> np.ndarray:
    """How far each vertex is from where it would be in a head that moves slowly, metres, head frame."""
    return frames[number].face.vertices - frames[0].face.vertices

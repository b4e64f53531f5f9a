"""The take that ships, driven in both evaluators; a machine without the library skips the tests."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import C, Evaluator, evaluating, evaluators
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.frame_program import Frame

needs_library = pytest.mark.skipif(
    C not in evaluators(), reason="the compiled frame is not built: python setup.py build_ext --inplace"
)
SAME_M = 1e-6
"""Sums in another order differ by some 1e-8 m. The bound leaves room for other processors."""


@functools.cache
def take() -> list[LandmarkFrame]:
    return [frame for frame in read_take(DEMO_TAKE) if frame.has_face]


def driver_in(
    evaluator: Evaluator, character: Character, name: DriverName | None = "landmarks"
) -> FaceDriver:
    with evaluating(evaluator):
        driver = FaceDriver(character, driver=name)
    driver.use_neutral(find_neutral(take(), "auto"))
    return driver


def frame_of(given: DriverInput) -> Frame:
    """A driver's input as its program takes it, with arrays of its own."""
    sway = None if given.sway_m_s2 is None else given.sway_m_s2.copy()
    return Frame(given.gaze.copy(), given.displacements.astype(np.float32).ravel(), sway_m_s2=sway)


def again(frame: Frame) -> Frame:
    """The frame with copies of its arrays, so that one run does not change another."""
    arrays = {name: value.copy() for name, value in vars(frame).items() if isinstance(value, np.ndarray)}
    return replace(frame, **arrays)

"""The one choice between NumPy and C: each evaluator names the classes that run a frame, which have the same interface.

C is chosen where its library loads, NumPy elsewhere; the environment variable SOFTDECA_EVALUATOR=numpy or =c forces one.
NumPy is the reference: a test holds C to its vertices.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import numpy as np

from capture.frames.landmark_frame import LandmarkFrame
from landmark_driver.compiled.compiled_landmarks import (
    CompiledApertures,
    CompiledCalibration,
    CompiledFilter,
    CompiledGaze,
    CompiledMotion,
    CompiledPerspective,
    CompiledResponse,
)
from landmark_driver.compiled.compiled_program import CompiledProgram
from landmark_driver.compiled.library import EvaluatorError, LibraryError, load_library
from landmark_driver.landmarks.apertures import Apertures
from landmark_driver.landmarks.calibration import Calibration
from landmark_driver.landmarks.gaze import gaze_angles
from landmark_driver.landmarks.perspective import HeadLandmarks, face_in
from landmark_driver.landmarks.secondary_motion import SecondaryMotion
from landmark_driver.landmarks.smoothing import InnovationFilter
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.frame_program import FrameProgram

VARIABLE = "SOFTDECA_EVALUATOR"

EvaluatorName = Literal["numpy", "c"]


@dataclass(frozen=True)
class Evaluator:
    """The stages of a frame, as they are made and run in one language."""

    name: EvaluatorName
    perspective: Callable[[], Callable[[LandmarkFrame], HeadLandmarks | None]]
    calibration: type[Calibration]
    tracker_response: Callable[[], Callable[[np.ndarray], np.ndarray]]
    apertures: type[Apertures]
    smoothing: type[InnovationFilter]
    gaze: Callable[[], Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]]
    secondary_motion: type[SecondaryMotion]
    program: type[FrameProgram]


NUMPY = Evaluator(
    "numpy",
    lambda: face_in,
    Calibration,
    load_tracker_response,
    Apertures,
    InnovationFilter,
    lambda: gaze_angles,
    SecondaryMotion,
    FrameProgram,
)
C = Evaluator(
    "c",
    CompiledPerspective,
    CompiledCalibration,
    lambda: CompiledResponse(load_tracker_response()),
    CompiledApertures,
    CompiledFilter,
    CompiledGaze,
    CompiledMotion,
    CompiledProgram,
)
_FORCED: ContextVar[Evaluator | None] = ContextVar("evaluator", default=None)


def evaluator() -> Evaluator:
    """Return the evaluator that new drivers run in.

    Returns:
        The one that `evaluating` forces, else the choice of this process.

    Raises:
        LibraryError: where the environment asks for C and its library does not load.
        EvaluatorError: where the environment asks for another one.
    """
    return _FORCED.get() or _chosen()


def evaluators() -> tuple[Evaluator, ...]:
    """Return the evaluators that run on this machine.

    Returns:
        NumPy, then C where its library loads.
    """
    try:
        load_library()
    except LibraryError:
        return (NUMPY,)
    return NUMPY, C


@contextmanager
def evaluating(forced: Evaluator) -> Iterator[None]:
    """Make the drivers that are built within this context run in one evaluator.

    Args:
        forced: `NUMPY` or `C`.
    """
    token = _FORCED.set(forced)
    try:
        yield
    finally:
        _FORCED.reset(token)


@functools.cache
def _chosen() -> Evaluator:
    wanted = os.environ.get(VARIABLE, "")
    if wanted == "numpy":
        return NUMPY
    if wanted not in ("", "c"):
        raise EvaluatorError(
            f"Expected numpy or c in {VARIABLE}, got '{wanted}'. Unset it, or choose one of them."
        )
    try:
        load_library()
    except LibraryError:
        if wanted:
            raise
        return NUMPY
    return C

"""The budget of one driven frame, stage by stage, in the order in which the live path runs them.

    perspective, the stages of `FaceDriver`, the stages of the driver's `FrameProgram`, mesh

The stages are the live driver's own, with a time stamp after each; a test holds the vertices against the driver's.
A stamp costs some 0.1 microseconds. In C the compiled frame's stages are one call otherwise: run one by one, each of them
copies the frame in and out, which takes 2 to 6 microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.replay import endlessly
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import Evaluator, evaluating, evaluator
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver, TrackedFace


def demo_frames(count: int = 16) -> list[LandmarkFrame]:
    """Return faces from all over the take that ships, as if they followed each other at 30 a second.

    Args:
        count: how many.

    Returns:
        Frames with a face. Lips that touch cost more than open ones: few frames, all of them seen in every round, make
        rounds alike.
    """
    faces = [frame for frame in read_take(DEMO_TAKE) if frame.has_face]
    chosen = [faces[index] for index in np.linspace(0, len(faces) - 1, count).astype(int)]
    return [
        replace(frame, sequence=number, capture_time_s=number / 30) for number, frame in enumerate(chosen)
    ]


class TimedFrame:
    """A driver that runs frame by frame and keeps the seconds of each stage."""

    def __init__(self, driver: FaceDriver, clock: Callable[[], float] = time.perf_counter):
        """Take a driver by SparseSoftDECA, with its neutral."""
        head_driver = driver.driver.head_driver
        assert isinstance(head_driver, SparseDriver)
        self._driver, self._head_driver, self._clock = driver, head_driver, clock
        tracked = (name for name, _ in driver.stages)
        self.stages = ("perspective", *tracked, *head_driver.program.names, "mesh")
        """The stages' names. `mesh` carries the head's motion to a scan; it is short where the head itself is shown."""
        assert len(set(self.stages)) == len(self.stages), "a stage's time is found by its name"
        self.stages_s: list[Float[np.ndarray, "stages"]] = []

    def __call__(self, frame: LandmarkFrame) -> Float[np.ndarray, "vertices 3"]:
        """Return the vertices of a frame, and keep the seconds of its stages.

        Args:
            frame: has a face.

        Returns:
            (V, 3) metres, head frame.
        """
        stamps, vertices = [self._clock()], None
        for result in self._run(frame):
            vertices = result
            stamps.append(self._clock())
        self.stages_s.append(np.diff(stamps))
        assert vertices is not None
        return vertices

    def _run(self, frame: LandmarkFrame) -> Iterator[Float[np.ndarray, "vertices 3"] | None]:
        """Yield after every stage: the vertices after the last one, None after the others."""
        landmarks = self._driver.face_in(frame)
        assert landmarks is not None, "only frames with a face are driven"
        face = TrackedFace(landmarks, frame.capture_time_s)
        yield None
        for _, stage in self._driver.stages:
            stage(face)
            yield None
        moving = self._head_driver.frame(self._driver.given)
        for stage in self._head_driver.program:
            stage(moving)
            yield None
        yield self._driver.driver.follow(self._head_driver.moved(moving)).vertices

    def budget_ms(self) -> dict[str, float]:
        """Return each stage's median over the frames so far.

        Returns:
            Milliseconds by the stage's name, in the order in which stages run.
        """
        medians = 1e3 * np.median(self.stages_s, axis=0)
        return dict(zip(self.stages, map(float, medians), strict=True))


def live_driver(
    character: Character, frames: list[LandmarkFrame], within: Evaluator | None = None
) -> FaceDriver:
    """Return the driver that `live` runs, with the neutral of these frames.

    Args:
        character: with networks.
        frames: the recording; its calmest faces give the neutral.
        within: the evaluator that runs it; None for the one that `live` chooses.

    Returns:
        The driver by landmarks, ready for a first frame.

    Raises:
        SourceError: for frames without a face.
    """
    with evaluating(within or evaluator()):
        driver = FaceDriver(character, driver="landmarks")
    driver.use_neutral(find_neutral(frames, "auto"))
    return driver


def each_in_turn(
    drive: Callable[[LandmarkFrame], object], frames: list[LandmarkFrame]
) -> Callable[[], object]:
    """Return a function that drives the next frame of an endless take at every call.

    Args:
        drive: takes one frame.
        frames: the take, which starts again after its last frame.

    Returns:
        The function without arguments; it returns the result of `drive`.
    """
    following = endlessly(frames)
    return lambda: drive(next(following))

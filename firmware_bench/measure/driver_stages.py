"""The budget of one driven frame, stage by stage, in the order in which the live path runs them.

The same parts as `FaceDriver`'s with a time stamp after each; a test holds its vertices against the driver's own.
A stamp costs some 0.1 microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import ARKIT_COUNT, LandmarkFrame
from capture.sources.live_source import DEMO_TAKE
from capture.takes.replay import endlessly
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drivers.linear_driver import NEUTRAL_GAZE
from landmark_driver.drivers.secondary_motion import SecondaryMotion
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.landmarks.calibration import Calibration, rigidity_weights
from landmark_driver.landmarks.gaze import eye_look_weights, gaze_angles, turn_eyeballs
from landmark_driver.landmarks.perspective import face_in
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver, group_filter
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.scan_character import ScanCharacter

STAGES = (
    "head frame",
    "calibration",
    "tracker response",
    "smoothing",
    "gaze",
    "sway",
    "posterior",
    "corrector",
    "bounds",
    "decoder",
    "lips",
    "eyes",
    "scan",
)
"""`scan` carries the head's motion to the vertices of a character made from a scan; of any other it is empty."""

GAZE_LATENTS = np.array([index for index, name in enumerate(ARKIT_NAMES) if name.startswith("eyeLook")])


def demo_frames(count: int = 16) -> list[LandmarkFrame]:
    """Faces from all over the take that ships, as if they followed each other at 30 a second.

    Lips that touch cost more than open ones: few frames, all of them seen in every round, make rounds alike.
    """
    faces = [frame for frame in read_take(DEMO_TAKE) if frame.has_face]
    chosen = [faces[index] for index in np.linspace(0, len(faces) - 1, count).astype(int)]
    return [
        replace(frame, sequence=number, capture_time_s=number / 30) for number, frame in enumerate(chosen)
    ]


class StagedDriver:
    """Drives frame by frame and keeps what each stage took, in seconds."""

    def __init__(
        self,
        character: Character,
        folded: FoldedDriver,
        neutral: Float[np.ndarray, "478 3"],
        clock: Callable[[], float] = time.perf_counter,
    ):
        head = character.template
        self._head, self._folded, self._clock = head, folded, clock
        self._calibrate = Calibration(
            neutral, head.neutral_landmarks, rigidity_weights(head.landmark_expressions)
        )
        self._respond, self._smooth = load_tracker_response(), group_filter(head)
        self._bound = BoundedLatent(folded.posterior.covariance, ARKIT_COUNT)
        self._sway = None if folded.sway_mode is None else SecondaryMotion(folded.sway_mode)
        self._scan = character.motion if isinstance(character, ScanCharacter) else None
        self._gaze = NEUTRAL_GAZE.copy()
        self.stages_s: list[Float[np.ndarray, "stages"]] = []

    def __call__(self, frame: LandmarkFrame) -> Float[np.ndarray, "vertices 3"]:
        stamps, vertices = [self._clock()], np.zeros((0, 3), np.float32)
        for result in self._run(frame):
            vertices = result
            stamps.append(self._clock())
        self.stages_s.append(np.diff(stamps))
        return vertices

    def _run(self, frame: LandmarkFrame) -> Iterator[Float[np.ndarray, "vertices 3"]]:
        """Comes back after every stage; with vertices after those that have any."""
        none, folded, head = np.zeros((0, 3), np.float32), self._folded, self._head
        face = face_in(frame)
        assert face is not None, "only frames with a face are driven"
        yield none
        calibrated = self._calibrate(face)
        yield none
        corrected = self._respond(calibrated.displacements)
        yield none
        displacements = self._smooth(corrected, frame.capture_time_s)
        yield none
        gaze = self._gaze = gaze_angles(face.points, displacements, self._gaze)
        looks = (eye_look_weights(gaze, head.gaze_turns)[GAZE_LATENTS] / WEIGHT_UNIT).astype(np.float32)
        yield none
        pose, sway = calibrated.T_camera_head, None
        if self._sway is not None:
            sway = self._sway(pose, frame.capture_time_s)
        yield none
        flat = displacements.astype(np.float32).ravel()
        if folded.looks is not None:
            flat = flat - folded.looks @ looks
        latent = folded.gain @ flat + folded.offset
        if folded.looks is not None:
            latent[GAZE_LATENTS] = looks
        yield none
        latent = latent + folded.corrector(latent)
        yield none
        latent = self._bound(latent)
        yield none
        vertices = folded.decode(latent)
        if sway is not None and folded.give is not None:
            vertices += (sway.astype(np.float32) @ folded.give).reshape(-1, 3)
        yield vertices
        folded.lips(vertices)
        yield vertices
        turn_eyeballs(vertices, head.neutral_vertices, head.eye_vertices, head.eye_centres, gaze)
        yield vertices
        yield vertices if self._scan is None else self._scan(vertices)

    def budget_ms(self) -> dict[str, float]:
        """Each stage's median, milliseconds."""
        medians = 1e3 * np.median(self.stages_s, axis=0)
        return dict(zip(STAGES, map(float, medians), strict=True))


def whole_driver(character: Character, frames: list[LandmarkFrame]) -> Callable[[], object]:
    """The live path itself, which drives the next frame of an endless take at every call."""
    driver = FaceDriver(character)
    driver.use_neutral(find_neutral(frames, "auto"))
    following = endlessly(frames)
    return lambda: driver(next(following))


def staged_driver(
    character: Character, folded: FoldedDriver, frames: list[LandmarkFrame]
) -> tuple[StagedDriver, Callable[[], object]]:
    """The same with stamps, and what drives its next frame."""
    staged = StagedDriver(character, folded, find_neutral(frames, "auto"))
    following = endlessly(frames)
    return staged, lambda: staged(next(following))

"""One frame in, one moved face out: calibrate, correct, open, smooth, drive; ease to neutral when it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LANDMARK_COUNT, LandmarkFrame
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import evaluator
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.drivers.evidence_control import EvidenceControl
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.mesh_driver import MeshDriver
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.head.head import LANDMARK_GROUPS, Head
from landmark_driver.landmarks.apertures import Apertures
from landmark_driver.landmarks.calibration import (
    Calibration,
    neutral_points,
    rigidity_weights,
)
from landmark_driver.landmarks.perspective import HeadLandmarks
from landmark_driver.landmarks.secondary_motion import SecondaryMotion
from landmark_driver.landmarks.smoothing import InnovationFilter
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT
from landmark_driver.posterior.evidence import FRAMES

CALIBRATION_S = 1.0
_HOLD_S, _EASE_S = 0.15, 0.25
"""A lost face is held this long, then fades with this time constant."""

_CUTOFF_HZ = {"face": 0.8, "brows": 1.0, "lids": 3.0, "lips": 1.5, "iris": 2.5}
_THRESHOLD_M = {"face": 1.2e-3, "brows": 1.2e-3, "lids": 0.6e-3, "lips": 1e-3, "iris": 1e-3}
"""The filter's settings for each group of landmarks: lids and lips stay fast."""


@dataclass(frozen=True)
class DrivenFace:
    """One driven frame."""

    sequence: int
    capture_time_s: float
    receive_time_s: float
    tracked: bool
    calibrated: bool
    vertices: Float[np.ndarray, "vertices 3"]
    """Metres, head frame."""
    weights: Float[np.ndarray, "52"]
    gaze: Float[np.ndarray, "2 2"]
    """(left, right) x (yaw, pitch), radians: how the eyeballs are turned."""
    T_world_head: Float[np.ndarray, "4 4"]
    """The world is the camera: it looks along -z, +y up, metres."""
    displacements: Float[np.ndarray, "478 3"]
    """Smoothed landmark displacements on the character, metres."""
    vertices_time_s: float
    """When the vertices were ready, on the clock of `receive_time_s`."""


@dataclass
class TrackedFace:
    """A face on its way from the tracker to the driver: each stage reads some entries and writes others."""

    landmarks: HeadLandmarks
    time_s: float
    points: Float[np.ndarray, "478 3"] = field(default_factory=lambda: np.zeros((LANDMARK_COUNT, 3)))
    """Metres, the performer's, laid over its neutral by the calibration."""
    displacements: Float[np.ndarray, "478 3"] = field(default_factory=lambda: np.zeros((LANDMARK_COUNT, 3)))
    """Metres from neutral on the character's head, as far as the stages have come."""
    solved: Float[np.ndarray, "478 3"] | None = None
    """The same as pictures show them, which the tracker's response has no part in; None where only landmarks are known."""


class FaceDriver:
    """One frame in, one moved face out; it holds what lasts from frame to frame: the neutral, the filters, the last expression.

    Until a neutral is complete, the part of it seen so far stands in for it (taken anew whenever the
    frames have doubled), so the head moves from the first frame on.
    """

    def __init__(
        self,
        character: Character,
        clock: Callable[[], float] = time.perf_counter,
        driver: DriverName | None = None,
        follows_evidence: bool = False,
    ):
        """Make the driver of a name.

        Args:
            character: the character that is driven.
            clock: seconds; the clock of the frames' receive times.
            driver: which driver; None for `landmarks` where there are networks, else `linear`.
            follows_evidence: whether a thread lets the residual follow the frames, which `evidence` stops again.

        Raises:
            DriverError: for a driver that needs networks where there are none.
        """
        head = character.head
        self._clock, self._neutral_landmarks = clock, head.neutral_landmarks
        self.driver: MeshDriver = character.mesh_driver(driver)
        self._material, network = self.driver.material, character.network
        self.tissue: TissueControl | None = None
        """Changes the material while it runs; None for linear blendshapes."""
        if self._material is not None and network is not None:
            self.tissue = TissueControl(self._material, network.target)
        self.evidence: EvidenceControl | None = None
        """Follows the evidence beside the frames, where that is asked for."""
        if follows_evidence and isinstance(self.driver.head_driver, SparseDriver):
            self.evidence = EvidenceControl(self.driver.head_driver)
        self._rigidity = rigidity_weights(head.landmark_expressions)
        self._evaluator = evaluator()
        self.face_in, self._respond = self._evaluator.perspective(), self._evaluator.tracker_response()
        self._gaze_angles = self._evaluator.gaze()
        self._filter = group_filter(head)
        self._neutral: Float[np.ndarray, "478 3"] | None = None
        self._calibration: Calibration | None = None
        self._apertures: Apertures | None = None
        self._rest()
        self._moments: list[Float[np.ndarray, "478 3"]] = []
        self._moments_since_s = np.inf
        self._calibrated = False
        self._calibrate_next = True

    def calibrate(self) -> None:
        """Take the next second of frames for the neutral. May be called from any thread."""
        self._calibrate_next = True

    def use_neutral(self, points: Float[np.ndarray, "478 3"]) -> None:
        """Take points for the performer's neutral.

        Args:
            points: (478, 3) metres, MediaPipe's face frame.
        """
        self._calibrate_next, self._calibrated = False, True
        self._set_neutral(points)

    def restart(self) -> None:
        """Start anew: later frames have no connection with earlier ones, and nothing is smoothed across."""
        self._filter.reset()
        self._last_seen_s = self._last_time_s = -np.inf
        self._calibrate_next |= not self._calibrated

    def settle(self, frames: Sequence[LandmarkFrame]) -> None:
        """Take the residual that a whole recording asks for, before it is driven: what live use finds beside its frames.

        Args:
            frames: the recording in order, with the neutral set before; frames spread over it are compared.
        """
        if not isinstance(self.driver.head_driver, SparseDriver):
            return
        given: list[DriverInput] = []
        for frame in frames[:: max(1, len(frames) // FRAMES)]:
            landmarks = self.face_in(frame)
            if landmarks is not None:
                self.follow(TrackedFace(landmarks, frame.capture_time_s))
                given.append(self.given)
        self.driver.head_driver.choose(given)
        self._rest()
        self.restart()
        if self._neutral is not None:
            self._set_neutral(self._neutral)

    @property
    def calibrated(self) -> bool:
        """Whether a neutral is complete and no other one is requested."""
        return self._calibrated and not self._calibrate_next

    def __call__(self, frame: LandmarkFrame, solved: Float[np.ndarray, "478 3"] | None = None) -> DrivenFace:
        """Return the driven face of a frame.

        Args:
            frame: of any source; one that is earlier than the last frame starts anew.
            solved: (478, 3) metres from neutral, head frame: displacements that its picture shows, where it was looked at
                (`landmark_driver/seeing`).

        Returns:
            The moved mesh in metres, head frame, with pose, weights and gaze. A lost face eases to neutral.
        """
        if frame.capture_time_s < self._last_time_s:  # a take that starts again
            self.restart()
        landmarks = self.face_in(frame)
        if landmarks is None:
            self._ease_to_neutral(frame.capture_time_s)
        else:
            self.follow(TrackedFace(landmarks, frame.capture_time_s, solved=solved))
            if self.evidence is not None and self.calibrated:
                self.evidence.offer(self.given, frame.capture_time_s)
        self._last_time_s = frame.capture_time_s
        driven = self.driver(self.given)
        return DrivenFace(
            sequence=frame.sequence,
            capture_time_s=frame.capture_time_s,
            receive_time_s=frame.receive_time_s,
            tracked=landmarks is not None,
            calibrated=self.calibrated,
            vertices=driven.vertices,
            weights=driven.weights,
            gaze=driven.gaze,
            T_world_head=self._pose,
            displacements=self._displacements,
            vertices_time_s=self._clock(),
        )

    @property
    def stages(self) -> tuple[tuple[str, Callable[[TrackedFace], None]], ...]:
        """The stages that a seen face passes, by name, in order."""
        return (
            ("calibration", self._calibrate),
            ("tracker response", self._correct),
            ("apertures", self._open),
            ("smoothing", self._smooth),
            ("gaze", self._look),
            ("head motion", self._feel),
        )

    def follow(self, face: TrackedFace) -> None:
        """Take a face that is seen through all stages.

        Args:
            face: landmarks in metres, MediaPipe's face frame, and their time; changed in place.
        """
        for _, stage in self.stages:
            stage(face)

    @property
    def given(self) -> DriverInput:
        """The driver's input after the last frame."""
        return DriverInput(self._displacements, gaze=self._gaze, sway_m_s2=self._sway)

    def _calibrate(self, face: TrackedFace) -> None:
        self._gather_neutral(face.landmarks.points, face.time_s)
        assert self._calibration is not None
        calibrated = self._calibration(face.landmarks)
        face.points, face.displacements = calibrated.points, calibrated.displacements
        self._pose, self._last_seen_s = calibrated.T_camera_head, face.time_s

    def _correct(self, face: TrackedFace) -> None:
        if face.solved is None:
            face.displacements = self._respond(face.displacements)
        else:
            face.displacements[:SURFACE_COUNT] = face.solved[:SURFACE_COUNT]

    def _open(self, face: TrackedFace) -> None:
        assert self._apertures is not None
        face.displacements = self._apertures(face.points, face.displacements, face.time_s)

    def _smooth(self, face: TrackedFace) -> None:
        face.displacements = self._displacements = self._filter(face.displacements, face.time_s)

    def _look(self, face: TrackedFace) -> None:
        self._gaze = self._gaze_angles(face.landmarks.points, self._displacements, self._gaze)

    def _feel(self, face: TrackedFace) -> None:
        """Set the acceleration that the head's motion puts on its tissue."""
        if self._material is None:
            return
        mode = self._material.sway_mode
        self._motion = self._motion or self._evaluator.secondary_motion(mode)
        self._motion.mode = mode
        self._sway = self._motion(self._pose, face.time_s)

    def _gather_neutral(self, points: Float[np.ndarray, "478 3"], time_s: float) -> None:
        if self._calibrate_next:
            self._calibrate_next, self._calibrated = False, False
            self._moments, self._moments_since_s = [], time_s
        if not self._calibrated:
            self._moments.append(points)
            self._calibrated = time_s - self._moments_since_s >= CALIBRATION_S
            doubled = len(self._moments).bit_count() == 1
            if self._calibrated or doubled:
                self._set_neutral(neutral_points(self._moments))

    def _rest(self) -> None:
        """Let the last expression be none, and the tissue be still."""
        self._displacements = np.zeros_like(self._neutral_landmarks)
        self._gaze = NEUTRAL_GAZE.copy()
        self._sway: Float[np.ndarray, "3"] | None = None
        self._motion: SecondaryMotion | None = None
        self._pose = np.eye(4)
        self._last_seen_s = self._last_time_s = -np.inf

    def _set_neutral(self, points: Float[np.ndarray, "478 3"]) -> None:
        self._neutral = points
        if self.evidence is not None:
            self.evidence.forget()
        self._calibration = self._evaluator.calibration(points, self._neutral_landmarks, self._rigidity)
        self._apertures = self._evaluator.apertures(points, self._neutral_landmarks)

    def _ease_to_neutral(self, time_s: float) -> None:
        """Fade a lost face; its head holds still."""
        self._filter.reset()
        self._sway = None
        if self._motion is not None:
            self._motion.reset()
        lost_s, step_s = time_s - self._last_seen_s, max(time_s - self._last_time_s, 0.0)
        if lost_s > _HOLD_S and np.isfinite(step_s):
            fade = np.exp(-step_s / _EASE_S)
            self._displacements, self._gaze = fade * self._displacements, fade * self._gaze


def group_filter(head: Head) -> InnovationFilter:
    """Return the filter of a head's landmarks, each with its group's settings.

    Args:
        head: gives the group of each landmark.

    Returns:
        A filter of (478, 3) displacements in metres.
    """
    groups = [LANDMARK_GROUPS[index] for index in head.landmark_groups]
    cutoff_hz, threshold_m = ([setting[group] for group in groups] for setting in (_CUTOFF_HZ, _THRESHOLD_M))
    return evaluator().smoothing(np.array(cutoff_hz), np.array(threshold_m))

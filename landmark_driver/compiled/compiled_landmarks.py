"""The stages of a tracked face in C: each class computes its arrays as its base in NumPy does, and hands the frame to C.

Arrays of a frame are copied into places that C knows for good, and results out of them: a copy takes less time than finding out
where an array lies.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LANDMARK_COUNT, LandmarkFrame
from landmark_driver.compiled.library import address, load_library
from landmark_driver.landmarks.apertures import LIDS, LIPS, Apertures
from landmark_driver.landmarks.calibration import CalibratedLandmarks, Calibration
from landmark_driver.landmarks.perspective import POSE_LANDMARKS, POSE_WEIGHTS, HeadLandmarks
from landmark_driver.landmarks.secondary_motion import SecondaryMotion
from landmark_driver.landmarks.smoothing import InnovationFilter
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT, TrackerResponse

_MOTION_DOUBLES = 19
"""Size of `Motion` of `c/face.h`."""


def bound(name: str, *arrays: np.ndarray) -> Callable[..., int]:
    """Return a function of the library with its first arguments filled in.

    Args:
        name: of the function.
        arrays: contiguous; whoever keeps the result also keeps them.

    Returns:
        The function of the arguments that are left.
    """
    return partial(getattr(load_library(), name), *map(address, arrays))


class CompiledPerspective:
    """`face_in` in C, for one thread."""

    def __init__(self) -> None:
        self._picture, self._points = np.empty((LANDMARK_COUNT, 3)), np.empty((LANDMARK_COUNT, 3))
        self._pose_cm, self._pose = np.empty((4, 4)), np.empty((4, 4))
        self._which, self._weights = np.array(POSE_LANDMARKS, np.int32), np.array(POSE_WEIGHTS)
        arrays = (self._picture, self._pose_cm, self._which, self._weights, self._points, self._pose)
        self._undo = partial(bound("undo_perspective", *arrays), len(self._which))

    def __call__(self, frame: LandmarkFrame) -> HeadLandmarks | None:
        """Return the face in a frame.

        Args:
            frame: of any source.

        Returns:
            The landmarks in metres, face frame; None where there is no face, or where its numbers cannot be a face's.
        """
        if frame.landmarks is None or frame.face_transform is None:
            return None
        self._picture[...], self._pose_cm[...] = frame.landmarks, frame.face_transform
        plausible = self._undo(*map(float, frame.image_size_px))
        return HeadLandmarks(self._points.copy(), self._pose.copy()) if plausible else None


class CompiledCalibration(Calibration):
    """One performer's neutral laid over one character's, in C."""

    def __call__(self, landmarks: HeadLandmarks) -> CalibratedLandmarks:
        """Return the expression of one frame on the character.

        Args:
            landmarks: (478, 3) metres, MediaPipe's face frame, and the face's pose.

        Returns:
            Displacements (478, 3) in metres, head frame, and the head's pose.
        """
        seen, pose, *_, points, displacements, head_pose = self._places
        seen[...], pose[...] = landmarks.points, landmarks.T_camera_face
        self._calibrate()
        return CalibratedLandmarks(displacements.copy(), points.copy(), head_pose.copy())

    @cached_property
    def _places(self) -> tuple[np.ndarray, ...]:
        empty = (np.empty((LANDMARK_COUNT, 3)), np.empty((4, 4)))
        fixed = (
            self._neutral,
            self._still / self._still.sum(),
            self._to_character.rotation,
            self.origin_neutral,
            self._local_scale,
        )
        found = (np.empty((LANDMARK_COUNT, 3)), np.empty((LANDMARK_COUNT, 3)), np.empty((4, 4)))
        return (*empty, *(np.ascontiguousarray(array, float) for array in fixed), *found)

    @cached_property
    def _calibrate(self) -> Callable[..., int]:
        return bound("calibrate", *self._places)


class CompiledResponse:
    """The tracker's response undone, in C."""

    def __init__(self, response: TrackerResponse):
        """Take the arrays of a response.

        Args:
            response: in NumPy.
        """
        features, points = response.inward.shape[1], len(response.support_points)
        rank, neighbours = len(response.outward), response.near.shape[1]
        self._given, self._found = np.empty((LANDMARK_COUNT, 3)), np.empty((LANDMARK_COUNT, 3))
        single = (
            np.pad(response.local.transpose(0, 2, 1), ((0, 0), (0, 0), (0, 1))),
            response.inward.T,
            response.support_points.T,
            *response.support_halves,
            response.dual_coefficients.T,
            response.outward,
            np.zeros(2 * 3 * SURFACE_COUNT + features + points + rank),
        )
        self._arrays = (
            self._given,
            np.ascontiguousarray(response.near, np.int32),
            *(np.ascontiguousarray(array, np.float32) for array in single),
            self._found,
        )
        sizes = (neighbours, features, points, rank)
        self._correct = partial(bound("correct_response", *self._arrays), *sizes)

    def __call__(self, reported: Float[np.ndarray, "478 3"]) -> Float[np.ndarray, "478 3"]:
        """Return the true displacements for reported ones.

        Args:
            reported: (478, 3) metres from neutral, head frame.

        Returns:
            (478, 3) metres from neutral, head frame. The irises, which the map leaves out, stay as reported.
        """
        self._given[...] = reported
        self._correct()
        return self._found.copy()


class CompiledApertures(Apertures):
    """The openings of one performer on one character, in C."""

    def __init__(
        self, performer_neutral: Float[np.ndarray, "478 3"], character_neutral: Float[np.ndarray, "478 3"]
    ):
        """Take both neutral faces.

        Args:
            performer_neutral: (478, 3) metres, MediaPipe's face frame.
            character_neutral: (478, 3) metres, head frame.
        """
        super().__init__(performer_neutral, character_neutral)
        openings = [self._neutral_opening[side] for side in LIDS]
        heights = [self._lids[side] for side in LIDS]
        self._points, self._given = np.empty((LANDMARK_COUNT, 3)), np.empty((LANDMARK_COUNT, 3))
        self._moved = np.empty((LANDMARK_COUNT, 3))
        self._arrays = (
            np.concatenate([*LIDS.values(), LIPS]).astype(np.int32),
            np.array([*openings, self._width, self._neutral_gap]),
            np.concatenate([[self._scale], *heights, self._lips]),
            self._lip_fractions,
            np.ones(len(LIDS)),
            self._points,
            self._given,
            self._moved,
        )
        self._set = bound("set_apertures", *self._arrays)

    def __call__(
        self,
        points: Float[np.ndarray, "478 3"],
        displacements: Float[np.ndarray, "478 3"],
        time_s: float,
    ) -> Float[np.ndarray, "478 3"]:
        """Return displacements with the performer's openings.

        Args:
            points: (478, 3) metres, the performer's, laid over its neutral.
            displacements: (478, 3) metres from neutral, head frame.
            time_s: capture time, seconds.

        Returns:
            (478, 3) metres from neutral, head frame. Only heights of lids and of the lips' inner rims are others.
        """
        self._points[...], self._given[...] = points, displacements
        self._set(self._elapsed(time_s))
        return self._moved.copy()


class CompiledFilter(InnovationFilter):
    """The innovation filter of points in space, in C."""

    def _advanced(self, values: np.ndarray, elapsed_s: float) -> np.ndarray:
        given, smooth = self._places[2:]
        given[...], smooth[...] = values, self._smooth
        self._advance(len(given), elapsed_s)
        return smooth.copy()

    @cached_property
    def _places(self) -> tuple[np.ndarray, ...]:
        count = len(self._cutoff_hz)
        settings = (np.ascontiguousarray(array, float) for array in (self._cutoff_hz, self._threshold))
        return (*settings, np.empty((count, 3)), np.empty((count, 3)))

    @cached_property
    def _advance(self) -> Callable[..., int]:
        return bound("advance_filter", *self._places)


class CompiledGaze:
    """`gaze_angles` in C, for one thread."""

    def __init__(self) -> None:
        self._points, self._displacements = np.empty((LANDMARK_COUNT, 3)), np.empty((LANDMARK_COUNT, 3))
        self._gaze = np.empty((2, 2))
        self._follow = bound("follow_gaze", self._points, self._displacements, self._gaze)

    def __call__(
        self,
        points: Float[np.ndarray, "478 3"],
        displacements: Float[np.ndarray, "478 3"],
        previous: Float[np.ndarray, "2 2"],
    ) -> Float[np.ndarray, "2 2"]:
        """Return the gaze relative to the neutral one.

        Args:
            points: (478, 3) metres, the performer's, for the opening of the lids only.
            displacements: (478, 3) metres from neutral, head frame.
            previous: (2, 2) radians, gaze of the last frame.

        Returns:
            (2, 2) radians, (left, right) x (yaw, pitch). Behind closed lids the previous angles stay.
        """
        self._points[...], self._displacements[...], self._gaze[...] = points, displacements, previous
        self._follow()
        return self._gaze.copy()


class CompiledMotion(SecondaryMotion):
    """The flesh of one head, in C."""

    def reset(self) -> None:
        """Put the tissue at rest; later poses have no connection with earlier ones."""
        self._state, self._pose, self._centre = np.zeros(_MOTION_DOUBLES), np.empty((4, 4)), np.empty(3)
        self._move = bound("move_flesh", self._state, self._pose, self._centre)

    def __call__(
        self,
        T_world_head: Float[np.ndarray, "4 4"],
        time_s: float,
    ) -> Float[np.ndarray, "3"]:
        """Return u, the acceleration that tissue gives way to besides gravity.

        Args:
            T_world_head: (4, 4) head frame to world, metres.
            time_s: capture time, seconds; after a gap of more than 0.5 s the tissue is at rest.

        Returns:
            (3,) m/s^2, head frame.
        """
        self._pose[...], self._centre[...] = T_world_head, self.mode.centre_m
        self._move(self.mode.omega, self._damping, time_s)
        return self._state[:3].copy()

"""From a performer's points in space to displacements on the character.

A neutral moment gives the performer's own neutral points. Every later frame is laid over them by a
similarity fitted where faces hardly move, which takes out head motion and MediaPipe's changing guess of
the size. The expression remains: it is turned into the character's axes and scaled, landmark by
landmark, by the ratio of the two faces' local sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from landmark_driver.geometry.similarity import Similarity, fit_similarity
from landmark_driver.landmarks.perspective import HeadLandmarks

_NEIGHBOURS = 60
_LOCAL_RANGE = 1.25
_STILL_M = 0.0012
"""A landmark whose typical motion over the 52 expressions is this much counts a quarter in the fit."""
_OUTLIER_FRACTION = 0.25
_TIE = 1 + 1e-6
"""Moments whose distances differ by less are equally far: rounding does not choose among them."""


@dataclass(frozen=True)
class CalibratedLandmarks:
    """The expression of one frame, on the character."""

    displacements: Float[np.ndarray, "478 3"]
    """Metres, head frame, from the character's neutral landmarks."""
    points: Float[np.ndarray, "478 3"]
    """Metres, MediaPipe's face frame: the performer's, laid over the neutral."""
    T_camera_head: Float[np.ndarray, "4 4"]
    """Head frame to camera, metres, rigid; the camera looks along -z."""


def neutral_points(moments: list[Float[np.ndarray, "478 3"]]) -> Float[np.ndarray, "478 3"]:
    """Return the performer's neutral from about a second of frames, without the quarter farthest from their median.

    Args:
        moments: (478, 3) metres each, MediaPipe's face frame.

    Returns:
        (478, 3) metres, MediaPipe's face frame: the mean of the other three quarters, and of moments just as far as the last of
        them.
    """
    stack = np.stack(moments)
    distance = np.linalg.norm(stack - np.median(stack, 0), axis=2).mean(1)
    kept = max(1, int(np.ceil((1 - _OUTLIER_FRACTION) * len(stack))))
    return stack[distance <= _TIE * np.sort(distance)[kept - 1]].mean(0)


def rigidity_weights(landmark_expressions: Float[np.ndarray, "52 478 3"]) -> Float[np.ndarray, "478"]:
    """Return how closely each landmark moves with the skull.

        1 / (1 + (m / 1.2 mm)²)²,   m the root mean square motion over the 52 shapes

    Args:
        landmark_expressions: (52, 478, 3) metres, displacements at weight one.

    Returns:
        (478,) weights of a fit in 0..1: 1 for still landmarks, towards 0 for lips.
    """
    motion = np.sqrt((landmark_expressions**2).sum(2).mean(0))
    return 1 / (1 + (motion / _STILL_M) ** 2) ** 2


class Calibration:
    """One performer's neutral laid over one character's."""

    def __init__(
        self,
        performer_neutral: Float[np.ndarray, "478 3"],
        character_neutral: Float[np.ndarray, "478 3"],
        still: Float[np.ndarray, "478"],
    ):
        """Lay one face over the other.

        Args:
            performer_neutral: (478, 3) metres, MediaPipe's face frame.
            character_neutral: (478, 3) metres, head frame.
            still: (478,) rigidity weights.
        """
        self._neutral = performer_neutral
        self._still = still
        self._to_character = fit_similarity(performer_neutral, character_neutral, np.ones(len(still)))
        self._local_scale = local_size_ratio(performer_neutral, character_neutral)

    def __call__(self, landmarks: HeadLandmarks) -> CalibratedLandmarks:
        """Return the expression of one frame on the character.

        Args:
            landmarks: (478, 3) metres, MediaPipe's face frame, and the face's pose.

        Returns:
            Displacements (478, 3) in metres, head frame, and the head's pose.
        """
        over_neutral = fit_similarity(landmarks.points, self._neutral, self._still)
        points = over_neutral(landmarks.points)
        moved = points - self._neutral
        displacements = self._local_scale[:, None] * (moved @ self._to_character.rotation.T)
        return CalibratedLandmarks(displacements, points, self._head_pose(landmarks, over_neutral))

    @property
    def origin_neutral(self) -> Float[np.ndarray, "3"]:
        """The character's origin on the performer's neutral, metres, MediaPipe's face frame."""
        to = self._to_character
        return -to.rotation.T @ to.translation / to.scale

    def _head_pose(self, landmarks: HeadLandmarks, over_neutral: Similarity) -> Float[np.ndarray, "4 4"]:
        """Return T_camera_face without the face-to-character similarity and without its scale."""
        rotation = self._to_character.rotation @ over_neutral.rotation
        origin_face = (
            over_neutral.rotation.T @ (self.origin_neutral - over_neutral.translation) / over_neutral.scale
        )
        pose = np.eye(4)
        pose[:3, :3] = landmarks.T_camera_face[:3, :3] @ rotation.T
        pose[:3, 3] = landmarks.T_camera_face[:3, :3] @ origin_face + landmarks.T_camera_face[:3, 3]
        return pose


def local_size_ratio(
    performer: Float[np.ndarray, "points 3"], character: Float[np.ndarray, "points 3"]
) -> Float[np.ndarray, "points"]:
    """Return how much larger the character is than the performer around each landmark.

    The ratio of root mean square distances to the same 60 neighbours is seen from the front, because the
    tracker's depth is its weakest axis. It is averaged over the neighbours and kept within a factor of 1.25 of the whole
    face's.

    Args:
        performer: (P, 3) neutral points, metres.
        character: (P, 3) neutral points, metres, head frame.

    Returns:
        (P,) ratios, character over performer.
    """
    _, nearest = KDTree(character).query(character, k=_NEIGHBOURS + 1)
    spread = [((p[nearest] - p[:, None])[..., :2] ** 2).sum(2).mean(1) for p in (character, performer)]
    whole = np.sqrt(spread[0].sum() / spread[1].sum())
    local = np.sqrt(spread[0] / spread[1])[nearest].mean(1)
    return np.clip(local, whole / _LOCAL_RANGE, whole * _LOCAL_RANGE)

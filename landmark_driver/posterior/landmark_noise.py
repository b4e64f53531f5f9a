"""The errors of landmarks: of each by itself, of the face as a whole, and of the head's pose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

ROTATION_STD, SHIFT_STD_M, SCALE_STD = np.deg2rad(0.5), 0.001, 0.003
"""Standard deviations of a head pose that trembles: radians, metres, relative."""
_STEADY = 1e-3
"""The fraction of these that a steady head keeps, so that its columns are never singular."""


@dataclass(frozen=True)
class LandmarkNoise:
    """Errors of landmarks, metres."""

    std_m: Float[np.ndarray, "landmarks 3"]
    """Standard deviations of the errors that each landmark makes by itself, one column an axis."""
    patterns_m: Float[np.ndarray, "patterns landmarks 3"] | None = None
    """Errors that landmarks make together, each with an amplitude of unit variance. Taken for white noise they would be
    taken for an expression. None for no such errors."""
    counted: float = 1.0
    """The fraction of these that an estimate counts. The evidence counts them in full."""

    @staticmethod
    def same(landmarks: int, std_m: float, depth_ratio: float = 1.0) -> LandmarkNoise:
        """Return the same noise for all landmarks.

        Args:
            landmarks: how many there are.
            std_m: standard deviation along x and y, metres.
            depth_ratio: standard deviation along z, over `std_m`.

        Returns:
            Standard deviations (L, 3), metres.
        """
        return LandmarkNoise(np.tile(std_m * np.array([1, 1, depth_ratio]), (landmarks, 1)))

    def in_full(self) -> LandmarkNoise:
        """Return the noise as the evidence takes it.

        Returns:
            The same noise with patterns that count in full.
        """
        return replace(self, counted=1.0)

    @property
    def columns(self) -> Float[np.ndarray, "coordinates patterns"]:
        """The patterns that count, metres."""
        if self.patterns_m is None:
            return np.zeros((self.std_m.size, 0))
        return self.counted * self.patterns_m.reshape(len(self.patterns_m), -1).T


def tremble_columns(
    points: Float[np.ndarray, "landmarks 3"], trembles: bool
) -> Float[np.ndarray, "coordinates 7"]:
    """Return the displacements of a head pose that trembles by one standard deviation.

    Args:
        points: (L, 3) metres, head frame: the neutral landmarks.
        trembles: False for a head that is held nearly still.

    Returns:
        (3 L, 7) metres: of three turns, three shifts and a change of scale.
    """
    deviations = np.repeat([ROTATION_STD, SHIFT_STD_M, SCALE_STD], [3, 3, 1])
    return rigid_columns(points) * deviations * (1.0 if trembles else _STEADY)


def rigid_columns(points: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "coordinates 7"]:
    """Return the displacements by a turn of one radian about each axis, a shift of one metre along each, and a doubling.

    Args:
        points: (L, 3) metres, head frame.

    Returns:
        (3 L, 7) metres; turns and doubling are about the points' mean.
    """
    arms = points - points.mean(0)
    turns = [np.cross(axis, arms).ravel() for axis in np.eye(3)]
    shifts = [np.tile(axis, len(points)) for axis in np.eye(3)]
    return np.stack([*turns, *shifts, arms.ravel()], 1)

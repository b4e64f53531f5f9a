"""Lips and cheeks that would sink into the teeth slide out in front of them, in plan.

An arch is a radius for each direction from a centre behind the canines. Tissue that is in front of the arch at rest stays
so, by its gap at rest as far as that is small, at the heights of the crowns:

    (x, z) ← centre + (distance + h max(radius(direction) + gap - distance, 0)) direction,   h fades above and below

The floor of the mouth inside the lower arch stays as low under the crowns as it is at rest.

The lower arch is in the frame of the mandible, whose pose is the affine map that fits some markers best.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Int

DIRECTIONS = 97
"""Radii are given at so many numbers of `direction_number`, from -2 to 2."""
_MOST_M, _LEAST_M = 0.012, 1e-4
_BEYOND_M, _WITHIN_M = 0.002, 0.0005
"""The push is none so far beyond an end of the crowns, and whole so far within it."""


@dataclass(frozen=True, eq=False)
class LipArches:
    """The arches of one head, and the tissue in front of them. Metres, head frame at rest."""

    radius: Float[np.ndarray, "2 directions"]
    """Of the upper and of the lower arch."""
    centre: Float[np.ndarray, "2 2"]
    """x and z of either arch."""
    heights: Float[np.ndarray, "2 2"]
    """The lowest and the highest point of the crowns of either arch."""
    upper: Int[np.ndarray, "upper"]
    """Vertices in front of the upper arch."""
    lower: Int[np.ndarray, "lower"]
    upper_gap: Float[np.ndarray, "upper"]
    """How far each of them stays in front of the arch."""
    lower_gap: Float[np.ndarray, "lower"]
    floor: Int[np.ndarray, "floor"]
    """Vertices of the cavity under the lower arch and inside it."""
    ceiling: Float[np.ndarray, "floor"]
    """The greatest height of each of them in the mandible's frame."""
    markers: Int[np.ndarray, "markers"]
    """Vertices that go with the mandible."""
    pose: Float[np.ndarray, "4 markers"]
    """The mandible's affine map, its three rows and then its shift, is this times the markers' coordinates."""

    def __call__(self, vertices: Float[np.ndarray, "vertices 3"]) -> None:
        """Move lips and cheeks out of the teeth.

        Args:
            vertices: (V, 3) metres, head frame; changed in place.
        """
        vertices[self.upper] = self._outside(0, vertices[self.upper].astype(float), self.upper_gap)
        moved = self.pose @ vertices[self.markers].astype(float)
        turn, shift = moved[:3], moved[3]
        back = np.linalg.inv(turn)
        in_jaw = (vertices[self.lower].astype(float) - shift) @ back
        vertices[self.lower] = self._outside(1, in_jaw, self.lower_gap) @ turn + shift
        below = (vertices[self.floor].astype(float) - shift) @ back
        below[:, 1] = np.minimum(below[:, 1], self.ceiling)
        vertices[self.floor] = below @ turn + shift

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays as files of frames store them.

        Returns:
            Arrays by the names of the attributes.
        """
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def _outside(self, arch: int, points, gap) -> Float[np.ndarray, "points 3"]:
        lowest, highest = self.heights[arch]
        ends = (lowest - _BEYOND_M, lowest + _WITHIN_M, highest - _WITHIN_M, highest + _BEYOND_M)
        amount = np.interp(points[:, 1], ends, (0.0, 1.0, 1.0, 0.0))
        away = points[:, [0, 2]] - self.centre[arch]
        distance = np.hypot(away[:, 0], away[:, 1])
        number = direction_number(away)
        wanted = np.interp(number, np.linspace(-2, 2, DIRECTIONS), self.radius[arch]) + gap
        push = amount * np.clip(wanted - distance, 0, _MOST_M) / np.maximum(distance, _LEAST_M)
        moved = points.copy()
        moved[:, [0, 2]] += away * push[:, None]
        return moved


def direction_number(away: Float[np.ndarray, "directions 2"]) -> Float[np.ndarray, "directions"]:
    """Return numbers that grow with the angle from straight ahead, without trigonometry.

    Args:
        away: (N, 2) x and z of directions, of any length but zero.

    Returns:
        (N,) 0 straight ahead, 1 to the subject's left, -1 to the right, 2 or -2 straight back.
    """
    x, z = away.T
    share = x / np.maximum(np.abs(x) + np.abs(z), 1e-12)
    return np.where(z >= 0, share, np.copysign(2.0, x) - share)

"""The axis about which the mandible opens, through both condyles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

_CONDYLE_ZY = (-0.069, -0.022)
_MEDIAL = 0.18
"""The middle of a condyle lies this fraction of the way from the skull wrap to the middle of the head."""


@dataclass(frozen=True)
class JawHinge:
    """Centres of the left and right condyle, head frame, metres."""

    left: Float[np.ndarray, "3"]
    right: Float[np.ndarray, "3"]

    @property
    def centre(self) -> Float[np.ndarray, "3"]:
        return (self.left + self.right) / 2

    @property
    def axis(self) -> Float[np.ndarray, "3"]:
        """The unit vector from right to left; a positive turn about it opens the mouth."""
        across = self.left - self.right
        return across / np.linalg.norm(across)


def condyle_vertices(points: Float[np.ndarray, "wrap 3"], count: int = 4) -> Int[np.ndarray, "2 count"]:
    """Return the wrap vertices over the left and the right condyle.

    Args:
        points: (W, 3) metres, head frame: the default head's skin wrap.
        count: the number of vertices over each condyle.

    Returns:
        (2, count) wrap vertices, left first.
    """
    away = np.linalg.norm(points[:, [2, 1]] - _CONDYLE_ZY, axis=1)
    sides = (points[:, 0] > 0.04, points[:, 0] < -0.04)
    return np.stack([np.argsort(np.where(side, away, np.inf))[:count] for side in sides])


def jaw_hinge(skull_wrap: Float[np.ndarray, "wrap 3"], condyles: Int[np.ndarray, "2 count"]) -> JawHinge:
    """Return the hinge of a head from its skull wrap over the condyles.

    Args:
        skull_wrap: (W, 3) metres, head frame.
        condyles: (2, count) wrap vertices, left first.

    Returns:
        The hinge, metres, head frame.
    """
    left, right = (skull_wrap[vertices].mean(0) for vertices in condyles)
    middle = (left[0] + right[0]) / 2
    for centre in (left, right):
        centre[0] += _MEDIAL * (middle - centre[0])
    return JawHinge(left, right)

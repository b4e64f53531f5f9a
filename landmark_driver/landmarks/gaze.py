"""The gaze of a performer: eyeball rotations from the iris landmarks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

LEFT_IRIS, RIGHT_IRIS = 473, 468
"""MediaPipe's iris centres; its "left" is the subject's."""
_LIDS = {"left": ((386, 374), (263, 362)), "right": ((159, 145), (33, 133))}
"""Middle of the upper and lower lid, outer and inner corner."""

_EYEBALL_RADIUS_M = 0.012
"""Mean adult eyeball (axial length 24 mm)."""
_CLOSED, _OPEN = 0.10, 0.20
"""Lid opening over eye width up to which the iris is not seen, and from which it counts in full."""


def gaze_angles(
    points: Float[np.ndarray, "478 3"],
    displacements: Float[np.ndarray, "478 3"],
    previous: Float[np.ndarray, "2 2"],
) -> Float[np.ndarray, "2 2"]:
    """Return the gaze relative to the neutral one.

    The iris moves on a sphere: angle = asin(shift / radius), after the shift of the eye's corners is
    taken off; the ratio is kept within ±0.7.

    Args:
        points: (478, 3) metres, the performer's, for the opening of the lids only.
        displacements: (478, 3) metres from neutral, head frame.
        previous: (2, 2) radians, gaze of the last frame.

    Returns:
        (2, 2) radians, (left, right) x (yaw, pitch). Behind closed lids the previous angles stay.
    """
    angles = np.empty((2, 2))
    for row, (side, iris) in enumerate((("left", LEFT_IRIS), ("right", RIGHT_IRIS))):
        lids, corners = _LIDS[side]
        shift = displacements[iris] - displacements[list(corners)].mean(0)
        yaw, pitch = np.arcsin(np.clip(np.array([shift[0], -shift[1]]) / _EYEBALL_RADIUS_M, -0.7, 0.7))
        opening = np.linalg.norm(points[lids[0]] - points[lids[1]]) / np.linalg.norm(
            points[corners[0]] - points[corners[1]]
        )
        trust = np.clip((opening - _CLOSED) / (_OPEN - _CLOSED), 0, 1)
        angles[row] = previous[row] + trust * (np.array([yaw, pitch]) - previous[row])
    return angles

"""A pinhole camera in pixels about its principal point: x to the right, y down; the camera looks along -z, +y up.

u = -f x / z,   v = f y / z
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def project(camera: Float[np.ndarray, "points 3"], focal_px: float) -> Float[np.ndarray, "points 2"]:
    """Return where points are seen.

    Args:
        camera: (P, 3) metres, camera frame, in front of the camera.
        focal_px: focal length, pixels.

    Returns:
        (P, 2) pixels about the principal point.
    """
    return focal_px / camera[:, 2:] * camera[:, :2] * [-1.0, 1.0]


def projection_rows(
    camera: Float[np.ndarray, "points 3"], focal_px: float
) -> Float[np.ndarray, "points 2 3"]:
    """Return how pixels move with points.

    Args:
        camera: (P, 3) metres, camera frame.
        focal_px: focal length, pixels.

    Returns:
        (P, 2, 3) pixels per metre.
    """
    x, y, z = camera.T
    nothing = np.zeros_like(z)
    across = np.stack([-focal_px / z, nothing, focal_px * x / z**2], 1)
    down = np.stack([nothing, focal_px / z, -focal_px * y / z**2], 1)
    return np.stack([across, down], 1)


def turn_rows(arms: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3 3"]:
    """Return how points move with a small turn: ω x arm.

    Args:
        arms: (P, 3) metres, from the centre of the turn.

    Returns:
        (P, 3, 3) metres per radian, a column for each axis.
    """
    rows = np.zeros((len(arms), 3, 3))
    x, y, z = arms.T
    rows[:, 0, 1], rows[:, 0, 2] = z, -y
    rows[:, 1, 0], rows[:, 1, 2] = -z, x
    rows[:, 2, 0], rows[:, 2, 1] = y, -x
    return rows

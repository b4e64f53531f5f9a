"""Poses of bones as 4x4 matrices: rigid for a pose, with a scale for a longer or shorter bone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Pose = Float[np.ndarray, "4 4"]


def moved_points(pose: Pose, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    return points @ pose[:3, :3].T + pose[:3, 3]


def moved_normals(pose: Pose, normals: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    """Unit normals of a surface after an affine map: turned by the inverse transpose."""
    turned = normals @ np.linalg.inv(pose[:3, :3])
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def hinge(
    angle_rad: float, axis: Float[np.ndarray, 3], pivot: Float[np.ndarray, 3], scale: float = 1.0
) -> Pose:
    """Turns about an axis through `pivot` (right-handed) and scales about it: a jaw about its condyles."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross
    pose = np.eye(4)
    pose[:3, :3] = scale * turn
    pose[:3, 3] = pivot - scale * turn @ pivot
    return pose

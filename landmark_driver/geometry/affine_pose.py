"""Poses of bones as 4x4 matrices: rigid for a pose, with a scale for a longer or shorter bone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.softdeca_error import SoftdecaError

Pose = Float[np.ndarray, "4 4"]


class PoseError(SoftdecaError):
    """A pose that is not finite, affine and invertible."""


def checked_pose(name: str, pose: Pose) -> Pose:
    """The pose itself if it is a finite affine map that keeps orientation, else `PoseError`."""
    pose = np.asarray(pose, dtype=float)
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise PoseError(
            f"Expected {name} pose as a finite 4x4 matrix, got shape {pose.shape} or NaN. Check the pose."
        )
    if not np.allclose(pose[3], (0, 0, 0, 1)) or np.linalg.det(pose) <= 0:
        raise PoseError(
            f"Expected {name} pose with last row 0 0 0 1 and positive determinant, got row "
            f"{pose[3].tolist()} and determinant {np.linalg.det(pose):.3g}. Take a turn, a shift and a positive scale."
        )
    return pose


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

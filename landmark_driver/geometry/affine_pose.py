"""Poses of bones as 4x4 matrices: rigid for a pose, with a scale for a longer or shorter bone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Pose = Float[np.ndarray, "4 4"]


def moved_points(pose: Pose, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    """Return points moved by a pose.

    Args:
        pose: (4, 4) affine map in homogeneous coordinates; its translation in the unit of `points`.
        points: (N, 3) in any unit.

    Returns:
        (N, 3) in the unit and the target frame of `pose`.
    """
    return points @ pose[:3, :3].T + pose[:3, 3]


def moved_normals(pose: Pose, normals: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    """Return a surface's normals after an affine map: A⁻ᵀ n, made unit, for the map's 3x3 part A.

    Args:
        pose: (4, 4) affine map in homogeneous coordinates.
        normals: (N, 3) normals of the surface before the map.

    Returns:
        (N, 3) unit vectors.
    """
    turned = normals @ np.linalg.inv(pose[:3, :3])
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def hinge(
    angle_rad: float, axis: Float[np.ndarray, 3], pivot: Float[np.ndarray, 3], scale: float = 1.0
) -> Pose:
    """Return the pose that turns about an axis through `pivot` and scales about it, as a jaw about its condyles.

    The rotation is Rodrigues' R = I + sin(angle) K + (1 - cos(angle)) K², K the cross product with the unit axis,
    and the pose takes x to scale R (x - pivot) + pivot.

    Args:
        angle_rad: radians, right-handed about `axis`.
        axis: (3,) of any length but zero.
        pivot: (3,) metres; the point that stays.
        scale: factor on all lengths, 1 for a rigid pose.

    Returns:
        (4, 4) affine map, metres.
    """
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross
    pose = np.eye(4)
    pose[:3, :3] = scale * turn
    pose[:3, 3] = pivot - scale * turn @ pivot
    return pose

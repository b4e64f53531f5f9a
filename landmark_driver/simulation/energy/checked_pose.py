"""The check that a bone's pose passes before the physics uses it."""

from __future__ import annotations

import numpy as np

from landmark_driver.geometry.affine_pose import Pose
from landmark_driver.simulation.energy.simulation_error import PoseError


def checked_pose(name: str, pose: Pose) -> Pose:
    """Return the pose if it is a finite affine map that keeps orientation.

    Args:
        name: of the bone, for the message.
        pose: 4x4, metres.

    Returns:
        The pose itself, as floats.

    Raises:
        PoseError: for another shape, NaN, a last row other than 0 0 0 1, or a determinant that is not
            positive.
    """
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

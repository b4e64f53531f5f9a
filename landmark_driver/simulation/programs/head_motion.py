"""A head that turns: yaw, pitch and roll of a recording as poses in the world.

The world is the head frame while all three angles are zero. The head turns about the joint of skull and spine.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.affine_pose import Pose
from landmark_driver.layers.layered_head import LayeredHead

_PIVOT_FROM_HINGE_M = (0.0, -0.02, -0.02)
"""From the jaw's hinge down and back to between the occipital condyles; ours, by the default head's bones."""


def neck_pivot(layered: LayeredHead) -> Float[np.ndarray, "3"]:
    """Return the point about which the head turns.

    Args:
        layered: gives the jaw's hinge.

    Returns:
        (3,) metres, head frame.
    """
    return layered.jaw.centre + np.array(_PIVOT_FROM_HINGE_M)


def head_pose(angles_rad: Float[np.ndarray, "3"], pivot: Float[np.ndarray, "3"]) -> Pose:
    """Return T_world_head of yaw, pitch and roll: R = R_y(-yaw) R_x(pitch) R_z(roll), yaw applied last.

    Args:
        angles_rad: (3,) radians: yaw (positive to the subject's right), pitch (down) and roll (to the right).
        pivot: (3,) metres, head frame; it stays where it is.

    Returns:
        4x4, metres; the identity at zero angles.
    """
    yaw, pitch, roll = angles_rad
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("YXZ", [-yaw, pitch, roll]).as_matrix()
    pose[:3, 3] = pivot - pose[:3, :3] @ pivot
    return pose

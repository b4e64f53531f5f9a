"""The mandible's pose in an expression: a rigid motion fitted to the lower teeth.

Only the shapes that move the jaw move the teeth, so a smile cannot be mistaken for an opening jaw, as
happens when a pose is fitted to the skin.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.affine_pose import Pose

_STILL_M = 1e-6


def jaw_pose(teeth: Float[np.ndarray, "teeth 3"], displacement: Float[np.ndarray, "teeth 3"]) -> Pose:
    """The rigid motion (4x4, rest to posed, metres) nearest to a displacement of the lower teeth."""
    pose = np.eye(4)
    if np.abs(displacement).max() < _STILL_M:
        return pose
    moved = teeth + displacement
    rotation = Rotation.align_vectors(moved - moved.mean(0), teeth - teeth.mean(0))[0]
    pose[:3, :3] = rotation.as_matrix()
    pose[:3, 3] = moved.mean(0) - pose[:3, :3] @ teeth.mean(0)
    return pose

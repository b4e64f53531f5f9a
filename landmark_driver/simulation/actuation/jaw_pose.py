"""The mandible's pose in an expression: a rigid motion fitted to the lower teeth.

Only the shapes that move the jaw move the teeth, so a smile cannot be mistaken for an opening jaw. A pose
fitted to the skin makes that mistake.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.affine_pose import Pose

_STILL_M = 1e-6


def jaw_pose(teeth: Float[np.ndarray, "teeth 3"], displacement: Float[np.ndarray, "teeth 3"]) -> Pose:
    """Return the rigid motion nearest to a displacement of the lower teeth.

    Args:
        teeth: (teeth, 3) metres, head frame, at rest.
        displacement: (teeth, 3) metres, head frame.

    Returns:
        4x4, rest to posed, metres; the identity where no tooth moves by a micrometre.
    """
    pose = np.eye(4)
    if np.abs(displacement).max() < _STILL_M:
        return pose
    moved = teeth + displacement
    rotation = Rotation.align_vectors(moved - moved.mean(0), teeth - teeth.mean(0))[0]
    pose[:3, :3] = rotation.as_matrix()
    pose[:3, 3] = moved.mean(0) - pose[:3, :3] @ teeth.mean(0)
    return pose

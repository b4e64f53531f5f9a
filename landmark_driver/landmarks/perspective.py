"""MediaPipe's picture landmarks as points in space: the perspective that it assumed is undone.

MediaPipe's geometry pipeline (`face_geometry`, public source) assumes a camera with a vertical
field of view of 63 degrees. Landmark i at (x, y, z) then lies on the ray through its pixel, at depth

    D_i = D_c (1 + w (z_i - mean z)),    w = 2 tan(63/2 deg) * width / height,

since z counts in picture widths. The pipeline does not return the unknown D_c, but it returns the pose T
that carries its canonical face to the weighted landmarks. So D_c is the depth that puts the weighted
centroid of the landmarks where T puts the weighted centroid of the canonical face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LandmarkFrame

_VERTICAL_FOV_DEG = 63.0
_M_PER_CM = 0.01
_SMALLEST_FACE_M = 0.01

# The pose's 33 weighted landmarks and their canonical centroid: metadata inside face_landmarker.task.
POSE_LANDMARKS = [
    4,
    6,
    10,
    33,
    54,
    67,
    117,
    119,
    121,
    127,
    129,
    132,
    133,
    136,
    143,
    147,
    198,
    205,
    263,
    284,
    297,
]
POSE_LANDMARKS += [346, 348, 350, 356, 358, 361, 362, 365, 372, 376, 420, 425]
_MIDDLE_WEIGHTS = [0.07091, 0.0321, 0.008447]
_SIDE_WEIGHTS = [0.058724, 0.007667, 0.009078, 0.009792, 0.014565, 0.018591, 0.005198, 0.120625, 0.00556]
_SIDE_WEIGHTS += [0.053286, 0.06689, 0.014817, 0.014263, 0.025462, 0.047252]
POSE_WEIGHTS = np.array(_MIDDLE_WEIGHTS + _SIDE_WEIGHTS * 2)
POSE_WEIGHTS /= POSE_WEIGHTS.sum()
_CANONICAL_CENTROID_CM = np.array([0.0, -0.26252034, 3.74073924])


@dataclass(frozen=True)
class HeadLandmarks:
    """The landmarks of one frame in MediaPipe's canonical face frame, metres, axes as the head frame's.

    The size is MediaPipe's guess for the person; calibration takes it out.
    """

    points: Float[np.ndarray, "478 3"]
    T_camera_face: Float[np.ndarray, "4 4"]
    """Face frame to camera, metres; the camera looks along -z."""


def face_in(frame: LandmarkFrame) -> HeadLandmarks | None:
    """Return the face in a frame.

    Args:
        frame: of any source.

    Returns:
        The landmarks in metres, face frame; None where there is no face, or where its numbers cannot be a face's.
    """
    if frame.landmarks is None or frame.face_transform is None:
        return None
    face = undo_perspective(frame)
    plausible = np.isfinite(face.points).all() and np.ptp(face.points, axis=0).max() > _SMALLEST_FACE_M
    return face if plausible else None


def undo_perspective(frame: LandmarkFrame) -> HeadLandmarks:
    """Return the landmarks of a frame as points in the face's own frame.

    Args:
        frame: with a face.

    Returns:
        The landmarks and their pose in metres.
    """
    assert frame.landmarks is not None and frame.face_transform is not None
    x, y, z = frame.landmarks.astype(float).T
    width, height = frame.image_size_px
    pose = frame.face_transform.astype(float)
    frustum_height = 2 * np.tan(np.deg2rad(_VERTICAL_FOV_DEG) / 2)
    frustum_width = frustum_height * width / height

    relative = 1 + frustum_width * (z - z.mean())
    centroid_depth = -(pose[2, :3] @ _CANONICAL_CENTROID_CM + pose[2, 3])
    depth = centroid_depth / (POSE_WEIGHTS @ relative[POSE_LANDMARKS]) * relative
    camera = np.stack([(x - 0.5) * frustum_width * depth, (0.5 - y) * frustum_height * depth, -depth], 1)

    metres = pose.copy()
    metres[:3, 3] *= _M_PER_CM
    return HeadLandmarks((_M_PER_CM * camera - metres[:3, 3]) @ metres[:3, :3], metres)

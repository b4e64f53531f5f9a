"""Frames of a face whose points in space are known, seen by the camera that MediaPipe imagines."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from capture.frames.landmark_frame import LandmarkFrame
from landmark_driver.character import Character
from landmark_driver.landmarks import perspective

VERTICAL_FOV_DEG = 63.0


def pose(
    turn_deg: tuple[float, float, float] = (0, 0, 0), place_m: tuple[float, float, float] = (0, 0, -0.4)
) -> np.ndarray:
    """T_camera_face, metres: turned about x, y, z, and placed before a camera that looks along -z."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", turn_deg, degrees=True).as_matrix()
    matrix[:3, 3] = place_m
    return matrix


def in_face_frame(points: np.ndarray) -> np.ndarray:
    """The points moved so that MediaPipe's weighted landmarks have the centroid of its canonical face."""
    centroid = perspective.POSE_WEIGHTS @ points[perspective.POSE_LANDMARKS]
    return points - centroid + 0.01 * perspective._CANONICAL_CENTROID_CM


def seen(
    points: np.ndarray,
    T_camera_face: np.ndarray,
    *,
    time_s: float = 0.0,
    sequence: int = 0,
    size_px: tuple[int, int] = (640, 480),
) -> LandmarkFrame:
    """The frame in which `points` (metres, face frame) appear; z counts from the mean, in picture widths."""
    camera = points @ T_camera_face[:3, :3].T + T_camera_face[:3, 3]
    depth = -camera[:, 2]
    height = 2 * np.tan(np.deg2rad(VERTICAL_FOV_DEG) / 2)
    width = height * size_px[0] / size_px[1]
    x, y = 0.5 + camera[:, 0] / (depth * width), 0.5 - camera[:, 1] / (depth * height)
    z = (depth / depth.mean() - 1) / width
    centimetres = T_camera_face.copy()
    centimetres[:3, 3] *= 100
    return LandmarkFrame(sequence, time_s, time_s, size_px, np.stack([x, y, z], 1), centimetres)


def no_face(time_s: float, sequence: int = 0) -> LandmarkFrame:
    return LandmarkFrame(sequence, time_s, time_s, (640, 480), None)


def performer(character: Character, weights: dict[str, float] | None = None) -> np.ndarray:
    """The character's own landmarks with an expression, in MediaPipe's face frame, metres."""
    from capture.frames.arkit import ARKIT_NAMES

    neutral = character.head.neutral_landmarks
    moved = neutral.copy()
    for name, weight in (weights or {}).items():
        moved += weight * character.head.embedding(
            character.head.expressions[ARKIT_NAMES.index(name)].astype(float)
        )
    return moved + (in_face_frame(neutral) - neutral)

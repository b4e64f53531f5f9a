"""A picture of a head for MediaPipe to track, drawn by the parts of the live path: no camera and no model of anybody.

Triangles are painted from back to front, each in its own colour under a light at the camera. MediaPipe finds the face;
a test checks it.
"""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from landmark_driver.character import Character
from landmark_driver.head.head_mesh import HeadMesh

SIZE_PX = 480
_CAMERA_M = 0.6
_FOCAL_PX = 1.8 * SIZE_PX
_BACKDROP = (190, 184, 178)
_AMBIENT = 0.35


def face_picture(character: Character) -> UInt8[np.ndarray, "480 480 3"]:
    """Return the picture of a character's neutral head from the front.

    Args:
        character: its head is drawn, also where it shows a scan.

    Returns:
        (480, 480, 3) blue, green, red, each in 0..255.
    """
    head = character.head
    fine = HeadMesh(head).display
    vertices = fine(head.neutral_vertices.astype(np.float32))
    corners = vertices[fine.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = normals[:, 2] / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    colors = head.display_colors[fine.faces].mean(1) * (_AMBIENT + (1 - _AMBIENT) * np.abs(facing))[:, None]
    picture = np.full((SIZE_PX, SIZE_PX, 3), _BACKDROP, np.uint8)
    pixels = _project(corners)
    for triangle in np.argsort(corners[:, :, 2].mean(1)):
        cv2.fillConvexPoly(picture, pixels[triangle], colors[triangle, ::-1].tolist(), cv2.LINE_AA, 4)
    return picture


def face_png(character: Character) -> bytes:
    """Return the picture of a character's neutral head as a PNG file.

    Args:
        character: its head is drawn, also where it shows a scan.

    Returns:
        The file's bytes, 480 x 480 pixels.
    """
    done, data = cv2.imencode(".png", face_picture(character))
    assert done
    return data.tobytes()


def _project(corners: Float[np.ndarray, "faces 3 3"]) -> np.ndarray:
    """Return (F, 3, 2) sixteenths of a pixel, the unit of OpenCV's `shift` of 4."""
    depth = _CAMERA_M - corners[..., 2]
    x = SIZE_PX / 2 + _FOCAL_PX * corners[..., 0] / depth
    y = SIZE_PX / 2 - _FOCAL_PX * corners[..., 1] / depth
    return np.round(16 * np.stack([x, y], -1)).astype(np.int32)

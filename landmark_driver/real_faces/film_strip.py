"""Film strips: the pictures of a clip above the head that they move."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from capture.cameras.video_pictures import VideoPictures
from capture.frames.landmark_frame import LandmarkFrame
from landmark_driver.character import Character
from landmark_driver.rendering.dressed_mesh import DressedMesh
from landmark_driver.rendering.render import orbit_camera

_SIZE_PX = (200, 240)
"""Width and height of each picture of a strip."""
_MARGIN = 0.35
"""The part of the face's height that is shown around it."""
_MAX_SIDE_PX = 1280


def strip_frames(signals: dict[str, Float[np.ndarray, "frames"]], columns: int) -> Int[np.ndarray, "columns"]:
    """Choose the frames of a strip: where the signals are farthest from each other, the least usual first.

    Args:
        signals: (T,) by name.
        columns: how many frames; fewer where the clip has fewer.

    Returns:
        (columns,) row numbers of the signals, growing.
    """
    table = np.stack(list(signals.values()), 1)
    table = (table - np.median(table, 0)) / np.maximum(table.std(0), 1e-9)
    chosen = [int(np.argmin(np.abs(table).sum(1)))]
    distance = np.linalg.norm(table - table[chosen[0]], axis=1)
    distance[chosen] = -1.0
    while len(chosen) < min(columns, len(table)):
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(table - table[chosen[-1]], axis=1))
        distance[chosen] = -1.0
    return np.sort(chosen)


def film_strip(
    path: Path,
    frames: list[LandmarkFrame],
    vertices: Float[np.ndarray, "columns vertices 3"],
    character: Character,
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw frames of a video, cut out around the face, above the driven head from the front.

    Args:
        path: the video.
        frames: the tracked frames to show, in order; their sequence numbers count the video's pictures.
        vertices: (C, V, 3) metres, head frame: the driven head of each of them.
        character: gives triangles and colours.

    Returns:
        (480, 200 C, 3) RGB in 0..255.
    """
    wanted = {frame.sequence: frame for frame in frames}
    seen = [
        _cut_out(picture.rgb, wanted[picture.sequence])
        for picture in VideoPictures(path, _MAX_SIDE_PX)
        if picture.sequence in wanted
    ]
    mesh = DressedMesh(character)
    drawn = [_draw(mesh, moved) for moved in vertices]
    return np.concatenate([np.concatenate(seen, 1), np.concatenate(drawn, 1)])


def _cut_out(picture: np.ndarray, frame: LandmarkFrame) -> np.ndarray:
    assert frame.landmarks is not None
    height, width = picture.shape[:2]
    points = frame.landmarks[:, :2] * (width, height)
    low, high = points.min(0), points.max(0)
    half = (0.5 + _MARGIN) * (high[1] - low[1]) * np.array([_SIZE_PX[0] / _SIZE_PX[1], 1])
    corner = (low + high) / 2 - half
    scale = _SIZE_PX[1] / (2 * half[1])
    placed = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
    return cv2.warpAffine(picture, placed, _SIZE_PX, flags=cv2.INTER_AREA)


def _draw(mesh: DressedMesh, vertices: Float[np.ndarray, "vertices 3"]) -> np.ndarray:
    camera = orbit_camera(0.6, size_px=_SIZE_PX, vertical_fov_deg=28, target=(0, -0.03, 0))
    return mesh.picture(vertices, camera, supersample=2)

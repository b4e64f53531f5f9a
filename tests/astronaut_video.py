"""A video of a real face in motion: a window that pans and zooms over NASA's portrait of Eileen Collins.

The picture (`skimage.data.astronaut()`, public domain) is the only real face that tests may count on.
As a script: `python -m tests.astronaut_video OUT.mp4 [SECONDS [FPS]]`; the ending chooses the format
(.mp4, .avi, or .mjpeg, the bare pictures one after another that Chromium takes for a camera).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import skimage.data

FACE_CENTRE_PX = (222.0, 112.0)
"""Between the eyes and the mouth, in the 512 x 512 px original."""

CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".mov": "mp4v"}


def write_astronaut_video(
    path: Path, *, seconds: float = 2.0, fps: float = 30.0, size_px: tuple[int, int] = (640, 480)
) -> Path:
    """Writes the video to `path` and returns it; every frame shows the whole face."""
    pictures = astronaut_pictures(round(seconds * fps), fps, size_px)
    if path.suffix == ".mjpeg":
        path.write_bytes(b"".join(cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures))
        return path
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*CODECS[path.suffix]), fps, size_px)
    assert writer.isOpened(), f"OpenCV cannot write {path}"
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def astronaut_pictures(count: int, fps: float, size_px: tuple[int, int]) -> Iterator[np.ndarray]:
    """`count` pictures (height, width, 3), uint8 in OpenCV's blue, green, red order."""
    portrait = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    for index in range(count):
        window = _window(index / fps, size_px)
        yield cv2.warpAffine(
            portrait, window, size_px, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )


def _window(time_s: float, size_px: tuple[int, int]) -> np.ndarray:
    """The affine map (2, 3) from the portrait to the picture: zoom, pan and a slight roll at `time_s`."""
    width, height = size_px
    zoom = height / 300 * (1 + 0.2 * np.sin(2 * np.pi * 0.31 * time_s))
    roll_deg = 6 * np.sin(2 * np.pi * 0.23 * time_s)
    pan = np.array([0.10 * width, 0.06 * height]) * np.sin(2 * np.pi * np.array([0.4, 0.53]) * time_s)
    window = cv2.getRotationMatrix2D(FACE_CENTRE_PX, roll_deg, zoom)
    window[:, 2] += np.array([width, height]) / 2 + pan - FACE_CENTRE_PX
    return window


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[2:]]
    write_astronaut_video(Path(sys.argv[1]), **dict(zip(("seconds", "fps"), numbers, strict=False)))

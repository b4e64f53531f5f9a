"""Pictures of scans as they are kept: PNG or JPEG files of at most 4096 pixels a side."""

from __future__ import annotations

import cv2
import numpy as np

MOST_PX = 4096
"""What phones' graphics can hold; larger pictures are reduced."""
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_QUALITY = 95


def is_jpeg(data: bytes) -> bool:
    return data.startswith(_JPEG)


def kept_picture(data: bytes, name: str) -> tuple[bytes | None, str]:
    """The file to keep and a note on what was changed; None and why for one that cannot be read.

    PNG and JPEG stay as they are, other formats become PNG, and what is too large is reduced.
    """
    image = _decoded(data)
    if image is None:
        return None, f"texture '{name}' cannot be read: drawn without"
    height, width = image.shape[:2]
    if max(height, width) <= MOST_PX:
        return (data if data.startswith((_PNG, _JPEG)) else _encoded(image, False)), ""
    scale = MOST_PX / max(height, width)
    smaller = (max(round(scale * width), 1), max(round(scale * height), 1))
    reduced = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA)
    note = f"texture '{name}' reduced from {width} x {height} to {smaller[0]} x {smaller[1]} pixels"
    return _encoded(reduced, is_jpeg(data)), note


def png_of(image: np.ndarray) -> bytes:
    """An RGB picture as a PNG file."""
    return _encoded(np.ascontiguousarray(image[:, :, ::-1]), False)


def _decoded(data: bytes) -> np.ndarray | None:
    """BGR, not turned as a camera's note in the file may want it: coordinates count from the pixels' own corner."""
    if not data:
        return None
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)


def _encoded(image: np.ndarray, jpeg: bool) -> bytes:
    ending, how = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]) if jpeg else (".png", [])
    done, data = cv2.imencode(ending, image, how)
    assert done, "OpenCV writes both formats"
    return data.tobytes()

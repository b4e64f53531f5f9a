"""Pictures of scans in the form they are kept in: PNG or JPEG files of at most 4096 pixels a side."""

from __future__ import annotations

import cv2
import numpy as np

MOST_PX = 4096
"""The limit of phones' graphics; larger pictures are reduced."""
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_QUALITY = 95


def is_jpeg(data: bytes) -> bool:
    """Return whether a file is a JPEG, by its first bytes.

    Args:
        data: the file's bytes.

    Returns:
        True for a JPEG.
    """
    return data.startswith(_JPEG)


def kept_picture(data: bytes, name: str) -> tuple[bytes | None, str]:
    """Return the form of a picture file that is kept.

    Args:
        data: the file's bytes.
        name: the picture's name for the note.

    Returns:
        The bytes to keep and a note on the change, empty for none; None and the reason for a file that cannot be read.

    PNG and JPEG stay as they are, other formats become PNG, and pictures above 4096 pixels a side are reduced.
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
    """Return a picture as a PNG file.

    Args:
        image: (height, width, 3) RGB in 0..255.

    Returns:
        The file's bytes.
    """
    return _encoded(np.ascontiguousarray(image[:, :, ::-1]), False)


def _decoded(data: bytes) -> np.ndarray | None:
    """Return BGR, None for a file that cannot be read.

    An orientation noted in the file is ignored: coordinates count from the pixels' own corner.
    """
    if not data:
        return None
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)


def _encoded(image: np.ndarray, jpeg: bool) -> bytes:
    ending, how = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]) if jpeg else (".png", [])
    done, data = cv2.imencode(ending, image, how)
    assert done, "OpenCV writes both formats"
    return data.tobytes()

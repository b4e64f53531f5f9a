"""Colours of a piece's vertices, for viewers whose meshes have no pictures."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from landmark_driver.dress.piece import Piece


def painted_vertices(piece: Piece) -> UInt8[np.ndarray, "piece 3"]:
    """Return the colour of each vertex: the material's, times its picture's nearest pixel where there is one.

    Args:
        piece: its material and coordinates.

    Returns:
        (P, 3) sRGB.
    """
    linear = np.broadcast_to(np.array(piece.material.color), (len(piece.vertices), 3))
    if piece.material.color_picture is not None:
        linear = linear * _linear(_pixels(piece))
    return np.round(255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def _pixels(piece: Piece) -> np.ndarray:
    import cv2

    data = piece.material.color_picture
    assert data is not None
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None, "pictures that ship can be read"
    height, width = image.shape[:2]
    x = np.floor(piece.coordinates[:, 0] % 1.0 * width).astype(int).clip(0, width - 1)
    y = np.floor((1 - piece.coordinates[:, 1] % 1.0) * height).astype(int).clip(0, height - 1)
    return image[y, x, ::-1] / 255.0


def _linear(srgb: np.ndarray) -> np.ndarray:
    return srgb**2.2

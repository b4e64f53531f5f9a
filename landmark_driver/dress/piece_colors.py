"""The colour of a piece at its vertices, for renderers that know no pictures."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float

from landmark_driver.dress.piece import Piece


def piece_colors(piece: Piece) -> Float[np.ndarray, "piece 3"]:
    """Return the colour of every vertex: the material's, times the nearest pixel of its picture.

    Args:
        piece: the piece.

    Returns:
        (P, 3) linear RGB in 0..1.
    """
    material = piece.material
    color = np.broadcast_to(np.array(material.color), (len(piece.vertices), 3))
    if material.color_picture is None:
        return color
    image = cv2.imdecode(np.frombuffer(material.color_picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None, "only pictures that can be read are worn"
    height, width = image.shape[:2]
    x = np.floor((piece.coordinates[:, 0] % 1.0) * width).astype(int).clip(0, width - 1)
    y = np.floor((1 - piece.coordinates[:, 1] % 1.0) * height).astype(int).clip(0, height - 1)
    return color * (image[y, x, ::-1] / 255.0) ** 2.2

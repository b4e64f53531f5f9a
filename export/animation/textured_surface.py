"""A character's triangles sorted by the picture they show, with one texture coordinate a vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt32

from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture, split_at_seams

_PNG = b"\x89PNG"


@dataclass(frozen=True)
class SplitSurface:
    """Vertices copied where a seam of the texture needs it, so that each has one coordinate."""

    source: Int[np.ndarray, "split"]
    """The vertex that each is a copy of."""
    coordinates: Float[np.ndarray, "split 2"]
    """glTF's: (0, 0) is the upper left corner of the picture."""
    plain_faces: UInt32[np.ndarray, "plain 3"]
    pictured_faces: list[UInt32[np.ndarray, "pictured 3"]]
    """Of each picture."""


def split_surface(
    count: int, faces: UInt32[np.ndarray, "faces 3"], texture: ScanTexture | None
) -> SplitSurface:
    """Without a texture, the `count` vertices and their triangles as they are."""
    if texture is None:
        return SplitSurface(np.arange(count), np.zeros((count, 2), np.float32), faces, [])
    source, coordinates, split = split_at_seams(faces, texture.coordinates)
    split = split.astype(np.uint32)
    upper_left = np.stack([coordinates[:, 0], 1 - coordinates[:, 1]], 1)
    return SplitSurface(
        source,
        upper_left,
        split[texture.face_picture == NO_PICTURE],
        [split[texture.face_picture == number] for number in range(len(texture.pictures))],
    )


def media_type(picture: bytes) -> str:
    return "image/png" if picture.startswith(_PNG) else "image/jpeg"

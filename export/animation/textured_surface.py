"""A character's triangles sorted by the picture they show, with one texture coordinate a vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt32

from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture, split_at_seams

_PNG = b"\x89PNG"


@dataclass(frozen=True)
class SplitSurface:
    """A surface whose vertices are copied at the texture's seams, so that each has one coordinate."""

    source: Int[np.ndarray, "split"]
    """Index of the vertex that each is a copy of."""
    coordinates: Float[np.ndarray, "split 2"]
    """Texture coordinates as in glTF: (0, 0) is the upper left corner of the picture, (1, 1) the lower right."""
    plain_faces: UInt32[np.ndarray, "plain 3"]
    pictured_faces: list[UInt32[np.ndarray, "_ 3"]]
    """Triangles of each picture."""


def split_surface(
    count: int, faces: UInt32[np.ndarray, "faces 3"], texture: ScanTexture | None
) -> SplitSurface:
    """Return a surface with its vertices split at the texture's seams.

    Args:
        count: number of vertices.
        faces: (F, 3) triangles.
        texture: pictures and coordinates of these triangles; None for a surface without pictures.

    Returns:
        The split surface; without a texture, vertices and triangles as they are.
    """
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
    """Return the media type of a picture file.

    Args:
        picture: the bytes of a PNG or JPEG file.

    Returns:
        "image/png" or "image/jpeg".
    """
    return "image/png" if picture.startswith(_PNG) else "image/jpeg"

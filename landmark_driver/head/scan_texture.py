"""The pictures on a scan's triangles, as the bytes of the files they came in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

NO_PICTURE = -1
_NONE = 0.5
"""Grey of places without a picture."""
_CORNERS = np.eye(3)


@dataclass(frozen=True)
class ScanTexture:
    """One picture or several. Coordinates are OpenGL's: (0, 0) is the lower left corner of a picture."""

    pictures: tuple[bytes, ...]
    """Whole PNG or JPEG files, sRGB."""
    face_picture: Int[np.ndarray, "faces"]
    """Which picture a triangle shows, NO_PICTURE for none."""
    coordinates: Float[np.ndarray, "faces 3 2"]
    """Of every corner of every triangle, so that seams split no vertices."""

    @cached_property
    def images(self) -> list[UInt8[np.ndarray, "height width 3"]]:
        """The pictures in RGB, decoded when they are first asked for."""
        import cv2

        how = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        decoded = []
        for data in self.pictures:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), how)
            assert image is not None, "only pictures that can be read are kept"
            decoded.append(np.ascontiguousarray(image[:, :, ::-1]))
        return decoded

    def sample(self, places: Float[np.ndarray, "places 3"] = _CORNERS) -> Float[np.ndarray, "faces places 3"]:
        """sRGB in 0..1 of the nearest pixels at barycentric places of every triangle; its corners by default.

        Coordinates repeat outside 0..1.
        """
        colors = np.full((len(self.face_picture), len(places), 3), _NONE)
        for number, image in enumerate(self.images):
            rows = np.flatnonzero(self.face_picture == number)
            height, width = image.shape[:2]
            where = np.einsum("pk,fkc->fpc", places, self.coordinates[rows].astype(float))
            x = np.floor((where[..., 0] % 1.0) * width).astype(int).clip(0, width - 1)
            y = np.floor((1 - where[..., 1] % 1.0) * height).astype(int).clip(0, height - 1)
            colors[rows] = image[y, x] / 255.0
        return colors

    def of_faces(self, kept: Bool[np.ndarray, "faces"]) -> ScanTexture:
        """The same pictures on some of the triangles."""
        return replace(self, face_picture=self.face_picture[kept], coordinates=self.coordinates[kept])

    def with_bare_faces(self, count: int) -> ScanTexture:
        """As many more triangles at the end, which show no picture."""
        pictures = np.concatenate([self.face_picture, np.full(count, NO_PICTURE, self.face_picture.dtype)])
        coordinates = np.concatenate([self.coordinates, np.zeros((count, 3, 2), self.coordinates.dtype)])
        return replace(self, face_picture=pictures, coordinates=coordinates)

    def arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays; `texture_from_arrays` reads them."""
        pictures = {
            f"picture_{number}": np.frombuffer(data, np.uint8) for number, data in enumerate(self.pictures)
        }
        return pictures | {
            "face_picture": self.face_picture.astype(np.int16),
            "coordinates": self.coordinates.astype(np.float32),
        }


def texture_from_arrays(arrays: dict[str, np.ndarray]) -> ScanTexture | None:
    """The texture in the arrays of a file; None for files that have none."""
    if "face_picture" not in arrays:
        return None
    count = sum(name.startswith("picture_") for name in arrays)
    pictures = tuple(arrays[f"picture_{number}"].tobytes() for number in range(count))
    return ScanTexture(pictures, arrays["face_picture"], arrays["coordinates"])


def split_at_seams(
    faces: Int[np.ndarray, "faces 3"], coordinates: Float[np.ndarray, "faces 3 2"]
) -> tuple[Int[np.ndarray, "split"], Float[np.ndarray, "split 2"], Int[np.ndarray, "faces 3"]]:
    """Vertices with one coordinate each, for formats that want that.

    Returns the vertex that each of them is a copy of, its coordinate, and the triangles in the new numbering.
    """
    corners = np.concatenate([faces.reshape(-1, 1), coordinates.reshape(-1, 2).astype(np.float32)], 1)
    kinds, number = np.unique(corners, axis=0, return_inverse=True)
    return kinds[:, 0].astype(np.int64), kinds[:, 1:].astype(np.float32), number.reshape(-1, 3)

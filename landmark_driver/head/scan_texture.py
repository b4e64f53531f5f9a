"""The pictures on a scan's triangles, as the bytes of their files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int, Integer, UInt8

NO_PICTURE = -1
_NONE = 0.5
"""Grey of places without a picture."""
_CORNERS = np.eye(3)
CHILD_CORNERS = np.array(
    [
        [[1, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]],
        [[0, 1, 0], [0, 0.5, 0.5], [0.5, 0.5, 0]],
        [[0, 0, 1], [0.5, 0, 0.5], [0, 0.5, 0.5]],
        [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]],
    ]
)
"""Corners of the four triangles that subdivision makes of one, in its barycentric coordinates."""


@dataclass(frozen=True)
class ScanTexture:
    """One picture or several. Coordinates are OpenGL's: (0, 0) is the lower left corner of a picture."""

    pictures: tuple[bytes, ...]
    """Whole PNG or JPEG files, sRGB."""
    face_picture: Int[np.ndarray, "faces"]
    """Number of the picture that a triangle shows, NO_PICTURE for none."""
    coordinates: Float[np.ndarray, "faces 3 2"]
    """Position in the picture of every corner of every triangle, so that seams split no vertices."""

    @cached_property
    def images(self) -> list[UInt8[np.ndarray, "_ _ 3"]]:
        """The pictures in RGB, decoded at the first use."""
        import cv2

        how = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        decoded = []
        for data in self.pictures:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), how)
            assert image is not None, "only pictures that can be read are kept"
            decoded.append(np.ascontiguousarray(image[:, :, ::-1]))
        return decoded

    def sample(self, places: Float[np.ndarray, "places 3"] = _CORNERS) -> Float[np.ndarray, "faces places 3"]:
        """Return the colours of the nearest pixels at some places of every triangle.

        Args:
            places: (P, 3) barycentric coordinates; the corners by default.

        Returns:
            (F, P, 3) sRGB in 0..1; grey of 0.5 for triangles without a picture. Coordinates repeat outside 0..1.
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

    def at(
        self, face: Int[np.ndarray, "places"], barycentric: Float[np.ndarray, "places 3"]
    ) -> Float[np.ndarray, "places 3"]:
        """Return the colours at places of some triangles, linear between pixels.

        Args:
            face: (P,) triangles.
            barycentric: (P, 3) place in each.

        Returns:
            (P, 3) sRGB in 0..1; grey of 0.5 for triangles without a picture. Coordinates repeat outside 0..1.
        """
        colors = np.full((len(face), 3), _NONE)
        where = np.einsum("pk,pkc->pc", barycentric, self.coordinates[face])
        for number, image in enumerate(self.images):
            rows = np.flatnonzero(self.face_picture[face] == number)
            height, width = image.shape[:2]
            x = where[rows, 0] * width - 0.5
            y = (1 - where[rows, 1]) * height - 0.5
            left, top = np.floor(x).astype(int), np.floor(y).astype(int)
            colors[rows] = 0
            for right, down in np.ndindex(2, 2):
                share = np.abs(1 - right - (x - left)) * np.abs(1 - down - (y - top))
                colors[rows] += share[:, None] / 255.0 * image[(top + down) % height, (left + right) % width]
        return colors

    def of_faces(self, kept: Bool[np.ndarray, "faces"]) -> ScanTexture:
        """Return the same pictures on some of the triangles.

        Args:
            kept: (F,) true for the triangles to keep.

        Returns:
            The texture of the kept triangles, in their order.
        """
        return replace(self, face_picture=self.face_picture[kept], coordinates=self.coordinates[kept])

    def with_bare_faces(self, count: int) -> ScanTexture:
        """Return the texture with more triangles at the end, which show no picture.

        Args:
            count: the number of triangles to add.

        Returns:
            The texture of F + `count` triangles.
        """
        pictures = np.concatenate([self.face_picture, np.full(count, NO_PICTURE, self.face_picture.dtype)])
        coordinates = np.concatenate([self.coordinates, np.zeros((count, 3, 2), self.coordinates.dtype)])
        return replace(self, face_picture=pictures, coordinates=coordinates)

    def shrunk(self, size_px: int) -> ScanTexture:
        """Return the texture with small pictures, whose pixels are means.

        Args:
            size_px: their width and height.

        Returns:
            The texture with PNG pictures.
        """
        import cv2

        small = [cv2.resize(image, (size_px, size_px), interpolation=cv2.INTER_AREA) for image in self.images]
        files = [cv2.imencode(".png", np.ascontiguousarray(image[:, :, ::-1]))[1] for image in small]
        return replace(self, pictures=tuple(file.tobytes() for file in files))

    def subdivided(self) -> ScanTexture:
        """Return the texture of the four triangles that subdivision makes of each.

        Returns:
            The texture of 4F triangles, in the order of `loop_subdivision`.
        """
        fine = subdivided(self.coordinates)
        return replace(self, face_picture=np.repeat(self.face_picture, 4), coordinates=fine)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the texture as arrays for a file; `texture_from_arrays` reads them.

        Returns:
            By name: the bytes of each picture, `face_picture` (F,) int16 and `coordinates` (F, 3, 2) float32.
        """
        pictures = {
            f"picture_{number}": np.frombuffer(data, np.uint8) for number, data in enumerate(self.pictures)
        }
        return pictures | {
            "face_picture": self.face_picture.astype(np.int16),
            "coordinates": self.coordinates.astype(np.float32),
        }


def subdivided(coordinates: Float[np.ndarray, "faces 3 2"]) -> Float[np.ndarray, "fine_faces 3 2"]:
    """Return the coordinates of the four triangles that subdivision makes of each.

    Args:
        coordinates: (F, 3, 2) of every corner.

    Returns:
        (4F, 3, 2), in the order of `loop_subdivision`.
    """
    fine = np.einsum("nkc,fcx->fnkx", CHILD_CORNERS.astype(coordinates.dtype), coordinates)
    return fine.reshape(-1, 3, 2)


def texture_from_arrays(arrays: dict[str, np.ndarray]) -> ScanTexture | None:
    """Return the texture in the arrays of a file.

    Args:
        arrays: by name, as `ScanTexture.arrays` gives them; others may be among them.

    Returns:
        The texture; None for files that have none.
    """
    if "face_picture" not in arrays:
        return None
    count = sum(name.startswith("picture_") for name in arrays)
    pictures = tuple(arrays[f"picture_{number}"].tobytes() for number in range(count))
    return ScanTexture(pictures, arrays["face_picture"], arrays["coordinates"])


def split_at_seams(
    faces: Integer[np.ndarray, "faces 3"], coordinates: Float[np.ndarray, "faces 3 2"]
) -> tuple[Int[np.ndarray, "split"], Float[np.ndarray, "split 2"], Int[np.ndarray, "faces 3"]]:
    """Split vertices so that each has one coordinate, for formats that allow no more.

    Args:
        faces: (F, 3) vertex indices.
        coordinates: (F, 3, 2) of every corner, in pictures.

    Returns:
        For each new vertex the vertex (S,) that it is a copy of and its coordinate (S, 2) float32, and the triangles
        (F, 3) in the new numbering.
    """
    corners = np.concatenate([faces.reshape(-1, 1), coordinates.reshape(-1, 2).astype(np.float32)], 1)
    kinds, number = np.unique(corners, axis=0, return_inverse=True)
    return kinds[:, 0].astype(np.int64), kinds[:, 1:].astype(np.float32), number.reshape(-1, 3)

"""Maps between a surface and its picture: every texel's value from the corners of its triangle, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from numba import njit
from scipy.ndimage import distance_transform_edt

_MARGIN_PX = 0.6
"""Texels whose centre is this far outside a triangle still take its value, so that no gap stays along an edge."""


@dataclass(frozen=True)
class Texels:
    """The texels of a square picture that a surface covers."""

    covered: Bool[np.ndarray, "size size"]

    def of(self, values: Float[np.ndarray, "covered *channels"]) -> Float[np.ndarray, "size size *channels"]:
        """Return the picture of some values; texels beside the surface take the nearest covered one's.

        Args:
            values: (N, ...) of the covered texels, row by row.

        Returns:
            (size, size, ...), the top row first.
        """
        picture = np.zeros(self.covered.shape + values.shape[1:], np.float32)
        picture[self.covered] = values
        nearest: Any = distance_transform_edt(~self.covered, return_distances=False, return_indices=True)
        return picture[tuple(nearest)]


def rasterised(
    coordinates: Float[np.ndarray, "faces 3 2"], corners: Float[np.ndarray, "faces 3 channels"], size: int
) -> tuple[Texels, Float[np.ndarray, "covered channels"]]:
    """Return the value of each texel, linear over its triangle.

    Args:
        coordinates: (F, 3, 2) texture coordinates, v upwards.
        corners: (F, 3, C) values at the corners.
        size: width and height of the picture.

    Returns:
        The covered texels, and their values (N, C) float32.
    """
    places = np.stack([coordinates[:, :, 0] * size - 0.5, (1 - coordinates[:, :, 1]) * size - 0.5], 2)
    picture = np.zeros((size, size, corners.shape[2]), np.float32)
    covered = np.zeros((size, size), bool)
    _fill(picture, covered, places.astype(float), corners.astype(float))
    return Texels(covered), picture[covered]


@njit(cache=True, error_model="numpy")
def _fill(picture, covered, places, corners):
    size = len(picture)
    for f in range(len(places)):
        (x0, y0), (x1, y1), (x2, y2) = places[f]
        double_area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(double_area) < 1e-9:
            continue
        longest = max(np.hypot(x1 - x0, y1 - y0), np.hypot(x2 - x1, y2 - y1), np.hypot(x0 - x2, y0 - y2))
        margin = _MARGIN_PX * longest / abs(double_area)
        first_row, last_row = max(int(min(y0, y1, y2)) - 1, 0), min(int(max(y0, y1, y2)) + 2, size - 1)
        first, last = max(int(min(x0, x1, x2)) - 1, 0), min(int(max(x0, x1, x2)) + 2, size - 1)
        for y in range(first_row, last_row + 1):
            for x in range(first, last + 1):
                second = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / double_area
                third = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / double_area
                inner = 1 - second - third
                if min(inner, second, third) < -margin:
                    continue
                covered[y, x] = True
                for c in range(corners.shape[2]):
                    picture[y, x, c] = (
                        inner * corners[f, 0, c] + second * corners[f, 1, c] + third * corners[f, 2, c]
                    )

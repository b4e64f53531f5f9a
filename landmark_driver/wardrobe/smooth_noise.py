"""Seeded noise on grids that repeat, for painted pictures."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.ndimage import zoom


def smooth_noise(
    rng: np.random.Generator, size_px: tuple[int, int], cells: tuple[int, int]
) -> Float[np.ndarray, "height width"]:
    """Return noise of a given fineness by cubic interpolation of independent numbers.

    Args:
        rng: the source of randomness.
        size_px: height and width.
        cells: the number of independent numbers along each axis; the noise repeats after them.

    Returns:
        (H, W), about 0 with a deviation of about 1.
    """
    numbers = np.pad(rng.normal(size=cells), 3, mode="wrap")
    scale = [size / count for size, count in zip(size_px, cells, strict=True)]
    fine = np.asarray(zoom(numbers, scale, order=3, mode="nearest", grid_mode=True))
    top, left = (round(3 * factor) for factor in scale)
    return fine[top : top + size_px[0], left : left + size_px[1]]

"""The few values that stand for the numbers of a matrix, and the place of each number among them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8
from scipy.cluster.vq import kmeans2

from export.converter_package import quiet

_ROUNDS = 60


def palette_for(array: Float[np.ndarray, "*shape"], bits: int) -> Float[np.ndarray, "values"]:
    """Return the values that are nearest to an array's numbers in least squares, by Lloyd's rounds.

    Args:
        array: numbers of any shape.
        bits: of a number's place among the values.

    Returns:
        (2^bits,) values in rising order, float32.

    Values start evenly spaced, since a palette must reach the largest numbers, which move vertices most. A value that
    has no numbers stays where it is.
    """
    start = np.linspace(array.min(), array.max(), 2**bits)[:, None]
    with quiet():  # scipy warns of values without numbers
        values, _ = kmeans2(array.reshape(-1, 1).astype(float), start, _ROUNDS, minit="matrix")
    return np.sort(values.ravel()).astype(np.float32)


def nearest(
    array: Float[np.ndarray, "*shape"], palette: Float[np.ndarray, "values"]
) -> UInt8[np.ndarray, "*shape"]:
    """Return the place of each number's nearest value.

    Args:
        array: numbers of any shape.
        palette: (P,) values in rising order, at most 256.

    Returns:
        Places in 0..P - 1, in the shape of `array`.
    """
    return np.searchsorted((palette[1:] + palette[:-1]) / 2, array).astype(np.uint8)


def packed(places: UInt8[np.ndarray, "*shape"], bits: int) -> UInt8[np.ndarray, "bytes"]:
    """Return places without gaps between them, as Core ML reads them.

    Args:
        places: numbers of any shape, taken row by row.
        bits: of each place.

    Returns:
        (N bits / 8,) bytes, rounded up; each place begins with its lowest bit.
    """
    each = places.reshape(-1, 1) >> np.arange(bits, dtype=np.uint8) & 1
    return np.packbits(each.ravel(), bitorder="little")

"""The few values that numbers of a matrix are stored as, and where each number lies among them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8
from scipy.cluster.vq import kmeans2

from export.converter_package import quiet

_ROUNDS = 60


def palette_for(array: Float[np.ndarray, "*shape"], bits: int) -> Float[np.ndarray, "values"]:
    """2^`bits` values in rising order, off the numbers by the least squares that Lloyd's rounds find.

    They start evenly spaced, since a palette must reach the largest numbers: those move vertices most. A value that
    has no numbers stays where it is.
    """
    start = np.linspace(array.min(), array.max(), 2**bits)[:, None]
    with quiet():  # scipy warns of values without numbers
        values, _ = kmeans2(array.reshape(-1, 1).astype(float), start, _ROUNDS, minit="matrix")
    return np.sort(values.ravel()).astype(np.float32)


def nearest(
    array: Float[np.ndarray, "*shape"], palette: Float[np.ndarray, "values"]
) -> UInt8[np.ndarray, "*shape"]:
    """The place of each number's nearest value."""
    return np.searchsorted((palette[1:] + palette[:-1]) / 2, array).astype(np.uint8)


def packed(places: UInt8[np.ndarray, "*shape"], bits: int) -> UInt8[np.ndarray, "bytes"]:
    """Places row by row without gaps, each from its lowest bit up, as Core ML reads them."""
    each = places.reshape(-1, 1) >> np.arange(bits, dtype=np.uint8) & 1
    return np.packbits(each.ravel(), bitorder="little")

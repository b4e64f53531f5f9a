"""Smooth random functions of places in space, so that no seam of a picture shows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numba import njit
from scipy.spatial import KDTree

_GRID = 64


class Noise:
    """Random fields of one seed; each name is another field."""

    def __init__(self, seed: int):
        self._seed = seed
        self._fields: dict[int, np.ndarray] = {}

    def __call__(
        self, places: Float[np.ndarray, "places 3"], length: float, octaves: int = 1, field: int = 0
    ) -> Float[np.ndarray, "places"]:
        """Return a field of mean 0 and standard deviation 1: cubic B-splines through random numbers on a grid.

        Args:
            places: (N, 3) in any unit.
            length: of the grid's cells, in the same unit.
            octaves: fields of halved length and half the strength that are added to it.
            field: number of the field.

        Returns:
            (N,) values.
        """
        total, squares = np.zeros(len(places), np.float32), 0.0
        for octave in range(octaves):
            strength = 0.5**octave
            at = places / (length * strength) + 7.3 * octave
            total += strength * _spline(self._field(8 * field + octave), at)
            squares += strength**2
        return total / np.sqrt(squares).astype(np.float32)

    def _field(self, number: int) -> Float[np.ndarray, "grid grid grid"]:
        if number not in self._fields:
            field = np.random.default_rng([self._seed, number]).normal(size=(_GRID,) * 3).astype(np.float32)
            self._fields[number] = field / _spline_deviation()
        return self._fields[number]


@njit(cache=True, error_model="numpy")
def _spline(field, places):
    """Return the cubic B-spline through a grid of numbers that repeats, at places in cells."""
    result = np.empty(len(places), np.float32)
    cell, weight = np.empty((3, 4), np.int64), np.empty((3, 4), np.float32)
    for i in range(len(places)):
        for axis in range(3):
            floor = np.floor(places[i, axis])
            t = places[i, axis] - floor
            weight[axis, 0] = (1 - t) ** 3 / 6
            weight[axis, 1] = (3 * t**3 - 6 * t**2 + 4) / 6
            weight[axis, 2] = (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6
            weight[axis, 3] = t**3 / 6
            for k in range(4):
                cell[axis, k] = (int(floor) - 1 + k) % field.shape[axis]
        total = np.float32(0)
        for j in range(4):
            for k in range(4):
                row = field[cell[0, j], cell[1, k]]
                inner = np.float32(0)
                for m in range(4):
                    inner += weight[2, m] * row[cell[2, m]]
                total += weight[0, j] * weight[1, k] * inner
        result[i] = total
    return result


def _spline_deviation() -> float:
    """Return the standard deviation of a cubic B-spline of independent normal numbers, averaged over a cell, in 3-D."""
    t = (np.arange(100) + 0.5) / 100
    weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6
    return float((weights**2).sum(0).mean() ** 1.5)


def scattered(
    places: Float[np.ndarray, "places 3"], count: int, rng: np.random.Generator, weight: np.ndarray
) -> Float[np.ndarray, "count 3"]:
    """Return random places, likelier where the weight is larger.

    Args:
        places: (N, 3) to choose from.
        count: how many.
        rng: the source of randomness.
        weight: (N,) not negative.

    Returns:
        (count, 3).
    """
    return places[rng.choice(len(places), count, p=weight / weight.sum())]


def nearest(
    places: Float[np.ndarray, "places axes"], points: Float[np.ndarray, "points axes"], reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance to the nearest point, and which it is.

    Args:
        places: (N, D).
        points: (P, D).
        reach: the largest distance that is told.

    Returns:
        (N,) distances, at most `reach`, and (N,) indices; the last point's where none is within reach.
    """
    distance, index = KDTree(points).query(places, distance_upper_bound=reach)
    return np.minimum(distance, reach), np.minimum(index, len(points) - 1)

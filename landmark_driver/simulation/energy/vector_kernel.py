"""Dot products and sums of (nodes, 3) arrays in plain loops.

They replace calls into a BLAS, whose own threads compete with the kernels' for the same two cores: measured,
one L-BFGS iteration took 25 to 200 ms with them and 2.5 ms without.
"""

from __future__ import annotations

from math import sqrt

from numba import njit


@njit(cache=True, fastmath=True)
def dot(a, b):
    """Sum over nodes of a . b."""
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i, 0] * b[i, 0] + a[i, 1] * b[i, 1] + a[i, 2] * b[i, 2]
    return total


@njit(cache=True)
def add_scaled(target, factor, a):
    """target += factor a."""
    for i in range(a.shape[0]):
        target[i, 0] += factor * a[i, 0]
        target[i, 1] += factor * a[i, 1]
        target[i, 2] += factor * a[i, 2]


@njit(cache=True)
def moved(x, factor, d, result):
    """result = x + factor d."""
    for i in range(x.shape[0]):
        result[i, 0] = x[i, 0] + factor * d[i, 0]
        result[i, 1] = x[i, 1] + factor * d[i, 1]
        result[i, 2] = x[i, 2] + factor * d[i, 2]


@njit(cache=True)
def longest(d):
    """The largest length of a row: how far the fastest node goes."""
    most = 0.0
    for i in range(d.shape[0]):
        most = max(most, d[i, 0] * d[i, 0] + d[i, 1] * d[i, 1] + d[i, 2] * d[i, 2])
    return sqrt(most)


@njit(cache=True)
def clear_rows(array, rows):
    """array[rows] = 0."""
    for i in rows:
        array[i, 0] = 0.0
        array[i, 1] = 0.0
        array[i, 2] = 0.0

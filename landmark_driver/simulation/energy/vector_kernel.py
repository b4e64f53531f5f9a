"""Dot products and sums of (nodes, 3) arrays in plain loops.

They replace calls into a BLAS, whose own threads compete with the kernels' for the same two cores. With a
BLAS one L-BFGS iteration took 25 to 200 ms, and without it 2.5 ms.
"""

from __future__ import annotations

from math import sqrt

from numba import njit


@njit(cache=True, fastmath=True)
def dot(a, b):
    """Return the sum over nodes of a . b.

    Args:
        a: (nodes, 3).
        b: (nodes, 3).

    Returns:
        One number, in the product of both units.
    """
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i, 0] * b[i, 0] + a[i, 1] * b[i, 1] + a[i, 2] * b[i, 2]
    return total


@njit(cache=True)
def add_scaled(target, factor, a):
    """Add factor a to `target`.

    Args:
        target: (nodes, 3), changed in place.
        factor: one number.
        a: (nodes, 3).
    """
    for i in range(a.shape[0]):
        target[i, 0] += factor * a[i, 0]
        target[i, 1] += factor * a[i, 1]
        target[i, 2] += factor * a[i, 2]


@njit(cache=True)
def moved(x, factor, d, result):
    """Write x + factor d into `result`.

    Args:
        x: (nodes, 3).
        factor: one number.
        d: (nodes, 3).
        result: (nodes, 3), overwritten.
    """
    for i in range(x.shape[0]):
        result[i, 0] = x[i, 0] + factor * d[i, 0]
        result[i, 1] = x[i, 1] + factor * d[i, 1]
        result[i, 2] = x[i, 2] + factor * d[i, 2]


@njit(cache=True)
def longest(d):
    """Return the largest length of a row: the step of the fastest node.

    Args:
        d: (nodes, 3).

    Returns:
        One number, in the unit of d.
    """
    most = 0.0
    for i in range(d.shape[0]):
        most = max(most, d[i, 0] * d[i, 0] + d[i, 1] * d[i, 1] + d[i, 2] * d[i, 2])
    return sqrt(most)


@njit(cache=True)
def clear_rows(array, rows):
    """Set array[rows] to zero.

    Args:
        array: (nodes, 3), changed in place.
        rows: indices.
    """
    for i in rows:
        array[i, 0] = 0.0
        array[i, 1] = 0.0
        array[i, 2] = 0.0

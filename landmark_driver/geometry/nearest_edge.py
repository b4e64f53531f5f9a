"""The nearest edge of a surface to each edge of another.

The nearest points of two segments by clamping, after Ericson, Real-Time Collision Detection (2005), section
5.1.9.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit

from landmark_driver.geometry.nearest_triangle import beyond, bounding_spheres


def nearest_edges(
    x: Float[np.ndarray, "nodes 3"], own: Int[np.ndarray, "own 2"], other: Int[np.ndarray, "other 2"]
) -> tuple[Int[np.ndarray, "own"], Float[np.ndarray, "own"], Float[np.ndarray, "own"]]:
    """Find the nearest other edge of every own edge, and the nearest points of the two.

    Args:
        x: (N, 3) node positions in any unit.
        own: (E, 2) node indices of the edges to search for.
        other: (G, 2) node indices of the edges to search in, at least one.

    Returns:
        (E,) rows of `other`, then for the nearest points (E,) fractions in 0..1 along the own edge and (E,) along
        the other one, from the first node to the second.
    """
    which, s, t = np.empty(len(own), np.int64), np.empty(len(own)), np.empty(len(own))
    x = np.ascontiguousarray(x, dtype=float)
    balls = (*bounding_spheres(x[own]), *bounding_spheres(x[other]))
    _nearest(x, np.ascontiguousarray(own), np.ascontiguousarray(other), *balls, which, s, t)
    return which, s, t


@njit(cache=True)
def _nearest(x, own, other, own_centres, own_radii, centres, radii, which, s, t):
    for i in range(len(own)):
        best = np.inf
        a, b = x[own[i, 0]], x[own[i, 1]]
        for j in range(len(other)):
            if beyond(own_centres[i], centres[j], own_radii[i] + radii[j], best):
                continue
            c, d = x[other[j, 0]], x[other[j, 1]]
            along, across = _nearest_points(a, b, c, d)
            distance = 0.0
            for k in range(3):
                apart = a[k] + along * (b[k] - a[k]) - c[k] - across * (d[k] - c[k])
                distance += apart * apart
            if distance < best:
                best, which[i], s[i], t[i] = distance, j, along, across


@njit(cache=True)
def _nearest_points(a, b, c, d):
    """Return the fractions along the segments a b and c d at which their nearest points lie."""
    aa = ee = bb = cc = ff = 0.0
    for k in range(3):
        u, v, w = b[k] - a[k], d[k] - c[k], a[k] - c[k]
        aa += u * u
        ee += v * v
        bb += u * v
        cc += u * w
        ff += v * w
    determinant = aa * ee - bb * bb
    s = min(max((bb * ff - cc * ee) / determinant, 0.0), 1.0) if determinant > 1e-12 * aa * ee else 0.0
    t = (bb * s + ff) / ee
    if t < 0.0:
        return min(max(-cc / aa, 0.0), 1.0), 0.0
    if t > 1.0:
        return min(max((bb - cc) / aa, 0.0), 1.0), 1.0
    return s, t

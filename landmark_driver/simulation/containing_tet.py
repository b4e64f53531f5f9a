"""In which tetrahedron a point lies: how one piece of tissue notices that it is inside another."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit


def containing_tets(
    points: Float[np.ndarray, "points 3"], x: Float[np.ndarray, "nodes 3"], tets: Int[np.ndarray, "tets 4"]
) -> tuple[Int[np.ndarray, "points"], Float[np.ndarray, "points 4"]]:
    """Index of a tetrahedron around each point, -1 where there is none, and barycentric weights in it."""
    which, weights = np.full(len(points), -1), np.zeros((len(points), 4))
    corners = np.ascontiguousarray(x[tets], dtype=float)
    _contain(np.ascontiguousarray(points, dtype=float), corners, which, weights)
    return which, weights


@njit(cache=True)
def _contain(points, corners, which, weights):
    for t in range(len(corners)):
        a, b, c, d = corners[t, 0], corners[t, 1], corners[t, 2], corners[t, 3]
        whole = _volume(a, b, c, d)
        if whole <= 0.0:
            continue
        for i in range(len(points)):
            p, outside = points[i], which[i] >= 0
            for k in range(3):
                outside = outside or p[k] < min(a[k], b[k], c[k], d[k]) or p[k] > max(a[k], b[k], c[k], d[k])
            if outside:
                continue
            wa, wb = _volume(p, b, c, d) / whole, _volume(a, p, c, d) / whole
            wc = _volume(a, b, p, d) / whole
            wd = 1 - wa - wb - wc
            if min(wa, wb, wc, wd) >= 0.0:
                which[i] = t
                weights[i, 0], weights[i, 1], weights[i, 2], weights[i, 3] = wa, wb, wc, wd


@njit(cache=True)
def _volume(a, b, c, d):
    u0, u1, u2 = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    v0, v1, v2 = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    w0, w1, w2 = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    return u0 * (v1 * w2 - v2 * w1) + u1 * (v2 * w0 - v0 * w2) + u2 * (v0 * w1 - v1 * w0)

"""Which triangles of one surface cut through triangles of another.

Two triangles intersect exactly if an edge of one passes through the other (coplanar overlap aside), so each
pair is six tests of a segment against a triangle, by signed volumes. Pairs that share a node are skipped.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit


def intersecting_pairs(
    x: Float[np.ndarray, "nodes 3"], first: Int[np.ndarray, "first 3"], second: Int[np.ndarray, "second 3"]
) -> Int[np.ndarray, "pairs 2"]:
    """Rows (i, j) where triangle first[i] intersects triangle second[j]."""
    x = np.ascontiguousarray(x, dtype=float)
    found = _pairs(x, np.ascontiguousarray(first), np.ascontiguousarray(second))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


@njit(cache=True)
def _pairs(x, first, second):
    low, high = _boxes(x, second)
    found = [(0, 0) for _ in range(0)]
    for i in range(len(first)):
        a, b, c = first[i]
        for j in range(len(second)):
            apart = False
            for axis in range(3):
                apart = apart or max(x[a, axis], x[b, axis], x[c, axis]) < low[j, axis]
                apart = apart or min(x[a, axis], x[b, axis], x[c, axis]) > high[j, axis]
            if not apart and _intersect(x, a, b, c, second[j, 0], second[j, 1], second[j, 2]):
                found.append((i, j))
    return found


@njit(cache=True)
def _boxes(x, triangles):
    low, high = np.empty((len(triangles), 3)), np.empty((len(triangles), 3))
    for j in range(len(triangles)):
        p, q, r = triangles[j]
        for axis in range(3):
            low[j, axis] = min(x[p, axis], x[q, axis], x[r, axis])
            high[j, axis] = max(x[p, axis], x[q, axis], x[r, axis])
    return low, high


@njit(cache=True)
def _intersect(x, a, b, c, p, q, r):
    if a in (p, q, r) or b in (p, q, r) or c in (p, q, r):
        return False
    return (
        _crosses(x, a, b, p, q, r)
        or _crosses(x, b, c, p, q, r)
        or _crosses(x, c, a, p, q, r)
        or _crosses(x, p, q, a, b, c)
        or _crosses(x, q, r, a, b, c)
        or _crosses(x, r, p, a, b, c)
    )


@njit(cache=True)
def _crosses(x, s, e, a, b, c):
    """Whether the segment s e passes through the triangle a b c."""
    if (_volume(x, s, a, b, c) > 0.0) == (_volume(x, e, a, b, c) > 0.0):
        return False
    side = _volume(x, s, e, a, b) > 0.0
    return side == (_volume(x, s, e, b, c) > 0.0) and side == (_volume(x, s, e, c, a) > 0.0)


@njit(cache=True)
def _volume(x, a, b, c, d):
    """Six times the signed volume of a tetrahedron."""
    ux, uy, uz = x[b, 0] - x[a, 0], x[b, 1] - x[a, 1], x[b, 2] - x[a, 2]
    vx, vy, vz = x[c, 0] - x[a, 0], x[c, 1] - x[a, 1], x[c, 2] - x[a, 2]
    wx, wy, wz = x[d, 0] - x[a, 0], x[d, 1] - x[a, 1], x[d, 2] - x[a, 2]
    return ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)

"""Pairs of triangles of two meshes that pass through each other, found on a grid of cells.

Two triangles intersect exactly if an edge of one passes through the other (coplanar overlap aside), so each
pair is six tests of a segment against a triangle, by signed volumes. A volume of zero counts as negative for
every test alike, so that a segment through the common edge of two triangles passes through one of them.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit


def intersecting_pairs(
    vertices_a: Float[np.ndarray, "a 3"],
    faces_a: Int[np.ndarray, "faces_a 3"],
    vertices_b: Float[np.ndarray, "b 3"],
    faces_b: Int[np.ndarray, "faces_b 3"],
) -> Int[np.ndarray, "pairs 2"]:
    """Find the pairs of triangles, one of each mesh, that intersect.

    Args:
        vertices_a: (A, 3) metres.
        faces_a: (F, 3) vertex indices into `vertices_a`.
        vertices_b: (B, 3) metres; `vertices_a` itself where surfaces share their nodes.
        faces_b: (G, 3) vertex indices into `vertices_b`.

    Returns:
        (P, 2) rows of `faces_a` and `faces_b`, by rising row of `faces_a`. Triangles that share the place of a
        corner are no pair, so that a mesh can be tested against itself.
    """
    if not len(faces_a) or not len(faces_b):
        return np.zeros((0, 2), np.int64)
    a, b = vertices_a[faces_a].astype(float), vertices_b[faces_b].astype(float)
    cell = 2 * float(np.median(np.linalg.norm(b - np.roll(b, 1, 1), axis=2))) + 1e-9
    low = np.minimum(a.min((0, 1)), b.min((0, 1)))
    shape = (
        np.minimum(np.ceil((np.maximum(a.max((0, 1)), b.max((0, 1))) - low) / cell), 200).astype(np.int64) + 1
    )
    return _crossing_in_grid(np.ascontiguousarray(a), np.ascontiguousarray(b), low, cell, shape)


@njit(cache=True)
def _crossing_in_grid(
    a: np.ndarray, b: np.ndarray, low: np.ndarray, cell: float, shape: np.ndarray
) -> np.ndarray:
    """Test the pairs whose boxes overlap, each in the first grid cell that both boxes share."""
    low_a, high_a = _boxes(a)
    low_b, high_b = _boxes(b)
    first_a, last_a = _cells(low_a, low, cell, shape), _cells(high_a, low, cell, shape)
    first_b, last_b = _cells(low_b, low, cell, shape), _cells(high_b, low, cell, shape)
    start = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    content, filled = np.empty(0, np.int64), np.empty(0, np.int64)
    for step in range(2):
        if step == 1:
            for c in range(len(start) - 1):
                start[c + 1] += start[c]
            content = np.empty(start[-1], np.int64)
            filled = start[:-1].copy()
        for j in range(len(b)):
            for x in range(first_b[j, 0], last_b[j, 0] + 1):
                for y in range(first_b[j, 1], last_b[j, 1] + 1):
                    for z in range(first_b[j, 2], last_b[j, 2] + 1):
                        c = (x * shape[1] + y) * shape[2] + z
                        if step == 0:
                            start[c + 1] += 1
                        else:
                            content[filled[c]] = j
                            filled[c] += 1
    found = []
    for i in range(len(a)):
        for x in range(first_a[i, 0], last_a[i, 0] + 1):
            for y in range(first_a[i, 1], last_a[i, 1] + 1):
                for z in range(first_a[i, 2], last_a[i, 2] + 1):
                    c = (x * shape[1] + y) * shape[2] + z
                    for k in range(start[c], start[c + 1]):
                        j = content[k]
                        if (
                            max(first_a[i, 0], first_b[j, 0]) == x
                            and max(first_a[i, 1], first_b[j, 1]) == y
                            and max(first_a[i, 2], first_b[j, 2]) == z
                            and _overlap(low_a, high_a, i, low_b, high_b, j)
                            and not _share_corner(a[i], b[j])
                            and (_pierces(a[i], b[j]) or _pierces(b[j], a[i]))
                        ):
                            found.append((i, j))
    result = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        result[k, 0], result[k, 1] = found[k]
    return result


@njit(cache=True)
def _cells(places: np.ndarray, low: np.ndarray, cell: float, shape: np.ndarray) -> np.ndarray:
    result = np.empty(places.shape, np.int64)
    for i in range(len(places)):
        for k in range(3):
            result[i, k] = min(max(int((places[i, k] - low[k]) / cell), 0), shape[k] - 1)
    return result


@njit(cache=True)
def _overlap(
    low_a: np.ndarray, high_a: np.ndarray, i: int, low_b: np.ndarray, high_b: np.ndarray, j: int
) -> bool:
    apart = False
    for k in range(3):
        apart = apart or low_b[j, k] > high_a[i, k] or high_b[j, k] < low_a[i, k]
    return not apart


@njit(cache=True)
def _boxes(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = triangles[:, 0].copy(), triangles[:, 0].copy()
    for i in range(len(triangles)):
        for c in range(1, 3):
            for k in range(3):
                low[i, k] = min(low[i, k], triangles[i, c, k])
                high[i, k] = max(high[i, k], triangles[i, c, k])
    return low, high


@njit(cache=True)
def _share_corner(a: np.ndarray, b: np.ndarray) -> bool:
    for i in range(3):
        for j in range(3):
            if a[i, 0] == b[j, 0] and a[i, 1] == b[j, 1] and a[i, 2] == b[j, 2]:
                return True
    return False


@njit(cache=True)
def _pierces(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether an edge of triangle `a` passes through triangle `b`."""
    for k in range(3):
        s, e = a[k], a[(k + 1) % 3]
        if (_volume(s, b[0], b[1], b[2]) > 0) == (_volume(e, b[0], b[1], b[2]) > 0):
            continue
        side = _volume(s, e, b[0], b[1]) > 0
        if side == (_volume(s, e, b[1], b[2]) > 0) and side == (_volume(s, e, b[2], b[0]) > 0):
            return True
    return False


@njit(cache=True)
def _volume(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> float:
    """Return six times the signed volume of a tetrahedron."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    wx, wy, wz = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    return ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)

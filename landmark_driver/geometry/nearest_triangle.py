"""The nearest point of a triangle, and of the nearest of many triangles.

Regions of a triangle by barycentric signs, after Ericson, Real-Time Collision Detection (2005), section
5.1.5.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit


def nearest_triangles(
    points: Float[np.ndarray, "points 3"],
    x: Float[np.ndarray, "nodes 3"],
    triangles: Int[np.ndarray, "triangles 3"],
) -> tuple[Int[np.ndarray, "points"], Float[np.ndarray, "points 3"]]:
    """Find the nearest triangle of every point, and the nearest point in it.

    Args:
        points: (P, 3) in any unit.
        x: (N, 3) node positions, the unit and frame of `points`.
        triangles: (F, 3) node indices, at least one triangle.

    Returns:
        (P,) rows of `triangles`, and (P, 3) barycentric weights of the nearest point in 0..1.
    """
    points, x = np.ascontiguousarray(points, dtype=float), np.ascontiguousarray(x, dtype=float)
    which, weights = np.empty(len(points), dtype=np.int64), np.empty((len(points), 3))
    _nearest(points, x, np.ascontiguousarray(triangles), *bounding_spheres(x[triangles]), which, weights)
    return which, weights


def bounding_spheres(
    corners: Float[np.ndarray, "shapes corners 3"],
) -> tuple[Float[np.ndarray, "shapes 3"], Float[np.ndarray, "shapes"]]:
    """Return a ball around each shape, so that a search may pass over distant shapes.

    Args:
        corners: (S, C, 3) in any unit: C corners of each shape.

    Returns:
        (S, 3) centres and (S,) radii in the unit of `corners`; the centre is the mean of the corners.
    """
    centres = corners.mean(axis=1)
    return centres, np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)


def triangle_normals(
    x: Float[np.ndarray, "nodes 3"], triangles: Int[np.ndarray, "triangles 3"]
) -> Float[np.ndarray, "triangles 3"]:
    """Return the triangles' normals by the right-hand rule.

    Args:
        x: (N, 3) node positions in any unit.
        triangles: (F, 3) node indices.

    Returns:
        (F, 3) unit vectors; zero for a triangle without area.
    """
    a, b, c = (x[triangles[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)


@njit(cache=True)
def _nearest(points, x, triangles, centres, radii, which, weights):
    for i in range(len(points)):
        best = np.inf
        for j in range(len(triangles)):
            if beyond(points[i], centres[j], radii[j], best):
                continue
            a, b, c = triangles[j, 0], triangles[j, 1], triangles[j, 2]
            wa, wb, wc = closest_weights(points[i], x[a], x[b], x[c])
            distance = 0.0
            for k in range(3):
                d = points[i, k] - wa * x[a, k] - wb * x[b, k] - wc * x[c, k]
                distance += d * d
            if distance < best:
                best, which[i] = distance, j
                weights[i, 0], weights[i, 1], weights[i, 2] = wa, wb, wc


@njit(cache=True)
def beyond(point, centre, radius, squared_distance):
    """Return whether a whole ball lies farther from a point than a distance.

    Args:
        point: (3,) in any unit.
        centre: (3,) centre of the ball.
        radius: of the ball.
        squared_distance: the square of the distance.

    Returns:
        True where no point of the ball is within the distance.
    """
    squared = 0.0
    for k in range(3):
        squared += (point[k] - centre[k]) ** 2
    reach = np.sqrt(squared_distance) + radius
    return squared > reach * reach


@njit(cache=True)
def closest_weights(p, a, b, c):
    """Return the barycentric weights of the point of triangle a b c that is nearest to p.

    Args:
        p: (3,) in any unit.
        a: (3,) first corner.
        b: (3,) second corner.
        c: (3,) third corner.

    Returns:
        Three weights in 0..1, of a, b and c; their sum is 1.
    """
    d1 = d2 = d3 = d4 = d5 = d6 = 0.0
    for k in range(3):
        ab, ac = b[k] - a[k], c[k] - a[k]
        d1 += ab * (p[k] - a[k])
        d2 += ac * (p[k] - a[k])
        d3 += ab * (p[k] - b[k])
        d4 += ac * (p[k] - b[k])
        d5 += ab * (p[k] - c[k])
        d6 += ac * (p[k] - c[k])
    if d1 <= 0 and d2 <= 0:
        return 1.0, 0.0, 0.0
    if d3 >= 0 and d4 <= d3:
        return 0.0, 1.0, 0.0
    if d6 >= 0 and d5 <= d6:
        return 0.0, 0.0, 1.0
    vc, vb, va = d1 * d4 - d3 * d2, d5 * d2 - d1 * d6, d3 * d6 - d5 * d4
    if vc <= 0 and d1 >= 0 and d3 <= 0:
        t = d1 / (d1 - d3)
        return 1 - t, t, 0.0
    if vb <= 0 and d2 >= 0 and d6 <= 0:
        t = d2 / (d2 - d6)
        return 1 - t, 0.0, t
    if va <= 0 and d4 >= d3 and d5 >= d6:
        t = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        return 0.0, 1 - t, t
    scale = 1 / (va + vb + vc)
    return va * scale, vb * scale, vc * scale

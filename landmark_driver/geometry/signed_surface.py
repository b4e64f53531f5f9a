"""Signed distance to a triangle mesh that need not be closed.

Beside an edge or a corner the nearest triangle's own normal may point the wrong way. The sign comes from the
normal of the nearest *feature* (Baerentzen and Aanaes 2005): the triangle's inside it, the sum of both
triangles' along an edge, the sum weighted by angle at a corner. At an open border there is no behind: points
nearest to it count as in front.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.nearest_triangle import nearest_triangles, triangle_normals

_ON_FEATURE = 1e-9


class SignedSurface:
    """A mesh with a signed distance: points in metres, triangles facing out."""

    def __init__(self, points: Float[np.ndarray, "points 3"], triangles: Int[np.ndarray, "triangles 3"]):
        self._points, self._triangles = points, triangles
        faces = triangle_normals(points, triangles)
        edges, open_edges = _edge_normals(triangles, faces)
        corners = _corner_normals(points, triangles, faces)
        open_corners = np.zeros(len(points), bool)
        for corner in range(3):
            open_corners[triangles[open_edges[:, corner], (corner + 1) % 3]] = True
            open_corners[triangles[open_edges[:, corner], (corner + 2) % 3]] = True
        # Feature 0 is the inside, 1 to 3 the edge opposite corner 0 to 2, 4 to 6 the corners.
        at_corners = corners[triangles].transpose(1, 0, 2)
        self._normals = np.concatenate([faces[None], edges.transpose(1, 0, 2), at_corners])
        never = np.zeros((1, len(triangles)), bool)
        self._open = np.concatenate([never, open_edges.T, open_corners[triangles].T])

    def look(
        self, points: Float[np.ndarray, "looked 3"]
    ) -> tuple[Float[np.ndarray, "looked"], Float[np.ndarray, "looked 3"], Float[np.ndarray, "looked 3"]]:
        """Return the signed distance of points, their nearest points on the mesh, and the distance's gradient.

        Args:
            points: (Q, 3) metres, the frame of the mesh.

        Returns:
            (Q,) signed distances in metres, negative behind; (Q, 3) nearest points in metres; (Q, 3) unit directions
            in which the distance grows. On the mesh itself this direction is the normal.
        """
        which, weights = nearest_triangles(points, self._points, self._triangles)
        feature = _features(weights)
        foot = np.einsum("pk,pkc->pc", weights, self._points[self._triangles[which]])
        away, normals = points - foot, self._normals[feature, which]
        behind = (np.sum(away * normals, axis=1) < 0) & ~self._open[feature, which]
        side = np.where(behind, -1.0, 1.0)
        distance = np.linalg.norm(away, axis=1)
        touching = (distance < _ON_FEATURE)[:, None]
        growth = np.where(touching, _unit(normals), away * (side / np.maximum(distance, 1e-300))[:, None])
        return side * distance, foot, growth


def _features(weights: Float[np.ndarray, "points 3"]) -> Int[np.ndarray, "points"]:
    """Return the feature of its triangle that each nearest point lies on."""
    zero = weights <= _ON_FEATURE
    feature = np.where(zero.any(axis=1), 1 + zero.argmax(axis=1), 0)
    return np.where(zero.sum(axis=1) == 2, 4 + weights.argmax(axis=1), feature)


def _edge_normals(triangles: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of the normals on both sides of the edge opposite each corner, (triangles, 3, 3).

    The second result is true where this edge is open, (triangles, 3).
    """
    edges = np.sort(triangles[:, [[1, 2], [2, 0], [0, 1]]], axis=2).reshape(-1, 2)
    _, row, count = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    row = row.reshape(-1)
    sums = np.zeros((len(count), 3))
    np.add.at(sums, row, np.repeat(faces, 3, axis=0))
    return sums[row].reshape(-1, 3, 3), (count[row] == 1).reshape(-1, 3)


def _corner_normals(points: np.ndarray, triangles: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the sum of the normals around each point, weighted by the angle there."""
    sums = np.zeros_like(points)
    for corner in range(3):
        own, after, before = (points[triangles[:, (corner + k) % 3]] for k in range(3))
        cosine = np.sum(_unit(after - own) * _unit(before - own), axis=1)
        np.add.at(sums, triangles[:, corner], np.arccos(np.clip(cosine, -1, 1))[:, None] * faces)
    return sums


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)

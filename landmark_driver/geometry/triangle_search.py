"""Nearest places and first hits of rays on a triangle mesh, by libigl's tree of boxes, in double precision.

The tree holds millimetres: libigl passes over triangles whose size is below a fixed epsilon, and in metres a scan's are.
"""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from jaxtyping import Float, Int

_TREE_UNITS_PER_METRE = 1000.0


@dataclass(frozen=True)
class PlacesOnMesh:
    """One place of a mesh for each of N points or rays, or none."""

    face: Int[np.ndarray, "places"]
    """The triangle; -1 where nothing is within reach."""
    barycentric: Float[np.ndarray, "places 3"]
    """Weights of the triangle's corners in 0..1; zero where nothing is within reach."""


class TriangleSearch:
    """A triangle mesh in metres, ready for many queries."""

    def __init__(self, vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]):
        self._vertices = np.ascontiguousarray(vertices, float) * _TREE_UNITS_PER_METRE
        self._faces = np.ascontiguousarray(faces, np.int64)
        self._tree = igl.AABB()
        if len(faces):  # libigl searches an empty tree all the same, and crashes
            self._tree.init(self._vertices, self._faces)

    def nearest(self, points: Float[np.ndarray, "points 3"], reach: float = np.inf) -> PlacesOnMesh:
        """Find the nearest place of the mesh for every point.

        Args:
            points: (N, 3) metres, the frame of the mesh.
            reach: metres; places farther away are not found.

        Returns:
            N places. A point with a coordinate that is not finite has none.

        For a few hundred triangles that move between queries, `nearest_triangle` is quicker.
        """
        if not len(self._faces) or not len(points):
            return _nothing(len(points))
        at = np.ascontiguousarray(points, float) * _TREE_UNITS_PER_METRE
        nearest = self._tree.squared_distance(self._vertices, self._faces, at)
        squared, face, place = (np.asarray(column) for column in nearest)
        found = squared <= (reach * _TREE_UNITS_PER_METRE) ** 2
        found &= np.isfinite(squared)
        result = _nothing(len(points))
        result.face[found] = face[found]
        result.barycentric[found] = _barycentric(place[found], self._vertices[self._faces[face[found]]])
        return result

    def first_hits(
        self,
        starts: Float[np.ndarray, "rays 3"],
        directions: Float[np.ndarray, "rays 3"],
        reach: float = np.inf,
    ) -> PlacesOnMesh:
        """Find the first place of the mesh on every ray; both sides of a triangle are hit.

        Args:
            starts: (N, 3) metres, the frame of the mesh.
            directions: (N, 3) unit vectors.
            reach: metres; places farther along the ray are not found.

        Returns:
            N places.
        """
        if not len(self._faces) or not len(starts):
            return _nothing(len(starts))
        rays = (
            np.ascontiguousarray(starts, float) * _TREE_UNITS_PER_METRE,
            np.ascontiguousarray(directions, float),
        )
        limit = reach * _TREE_UNITS_PER_METRE
        hits = self._tree.intersect_ray_first(self._vertices, self._faces, *rays, limit)
        found = np.asarray(hits[0]) >= 0
        places = np.asarray(hits[2])[found]  # libigl leaves the other rows uninitialised
        result = _nothing(len(starts))
        result.face[found] = np.asarray(hits[0])[found]
        result.barycentric[found] = np.column_stack([1 - places.sum(1), places])
        return result


def _nothing(count: int) -> PlacesOnMesh:
    return PlacesOnMesh(np.full(count, -1, np.int32), np.zeros((count, 3)))


def _barycentric(
    places: Float[np.ndarray, "places 3"], corners: Float[np.ndarray, "places 3 3"]
) -> Float[np.ndarray, "places 3"]:
    """Return the weights of places that lie in their triangles; a triangle without area gives its nearest corner."""
    origin = corners[:, 0]
    one, other, place = corners[:, 1] - origin, corners[:, 2] - origin, places - origin
    normal = np.cross(one, other)
    squared_area = (normal**2).sum(1)
    flat = squared_area <= 1e-24 * ((one**2).sum(1) + (other**2).sum(1)) ** 2
    area = np.where(flat, 1.0, squared_area)
    second = (np.cross(place, other) * normal).sum(1) / area
    third = (np.cross(one, place) * normal).sum(1) / area
    weights = np.clip(np.stack([1 - second - third, second, third], 1), 0, 1)
    nearest = np.linalg.norm(corners - places[:, None], axis=2).argmin(1)
    weights = np.where(flat[:, None], np.eye(3)[nearest], weights)
    return weights / weights.sum(1, keepdims=True)

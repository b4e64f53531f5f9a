"""Closest points on a triangle mesh, with its smooth normals and its open edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from landmark_driver.geometry.triangle_search import TriangleSearch
from landmark_driver.geometry.vertex_normals import vertex_normals


@dataclass(frozen=True)
class Nearest:
    """The closest point of a surface to each of N points: triangle, barycentric weights, point and distance (metres)."""

    face: Int[np.ndarray, "points"]
    barycentric: Float[np.ndarray, "points 3"]
    place: Float[np.ndarray, "points 3"]
    distance: Float[np.ndarray, "points"]


class Surface:
    """A triangle mesh with a search for its closest points. Metres."""

    def __init__(self, vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]):
        self.vertices, self.faces = vertices, faces
        self._normals = vertex_normals(vertices, faces)
        self._border = border_vertices(faces, len(vertices))
        self.search = TriangleSearch(vertices, faces)

    def nearest(self, points: Float[np.ndarray, "points 3"]) -> Nearest:
        """Return the closest point of the surface to each point.

        Args:
            points: (N, 3) metres, finite.

        Returns:
            N triangles, barycentric weights, points and distances, metres.
        """
        found = self.search.nearest(points)
        place = (self.vertices[self.faces[found.face]] * found.barycentric[:, :, None]).sum(1)
        return Nearest(found.face, found.barycentric, place, np.linalg.norm(place - points, axis=1))

    def normals_at(self, found: Nearest) -> Float[np.ndarray, "points 3"]:
        """Return the surface's normals at found points, smooth over triangles.

        Args:
            found: N points from `nearest`.

        Returns:
            (N, 3) unit normals.
        """
        normals = (self._normals[self.faces[found.face]] * found.barycentric[:, :, None]).sum(1)
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)

    def at_border(self, found: Nearest) -> Bool[np.ndarray, "points"]:
        """Return the found points that lie on an open edge.

        Args:
            found: N points from `nearest`.

        Returns:
            (N,) True on an open edge: the true closest point may be in the hole beyond.
        """
        on_border = self._border[self.faces[found.face]]
        return np.all((found.barycentric > 1e-4) <= on_border, axis=1)


def border_vertices(faces: Int[np.ndarray, "faces 3"], count: int) -> Bool[np.ndarray, "vertices"]:
    """Return the vertices on edges that have one triangle only.

    Args:
        faces: (F, 3) triangles.
        count: the number of vertices V.

    Returns:
        (V,) True on an open edge.
    """
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    kinds, triangles = np.unique(edges, axis=0, return_counts=True)
    border = np.zeros(count, bool)
    border[kinds[triangles == 1]] = True
    return border

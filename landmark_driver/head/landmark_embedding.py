"""The embedding of tracked landmarks in a mesh: a triangle and barycentric coordinates for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh
from jaxtyping import Float, Int


@dataclass(frozen=True)
class LandmarkEmbedding:
    """`corners[l]` are the three vertices of landmark l's triangle, `weights[l]` sum to one."""

    corners: Int[np.ndarray, "landmarks 3"]
    weights: Float[np.ndarray, "landmarks 3"]

    def __call__(
        self, vertices: Float[np.ndarray, "*batch vertices 3"]
    ) -> Float[np.ndarray, "*batch landmarks 3"]:
        """Return the landmarks on some vertices.

        Args:
            vertices: (..., V, 3) positions, or displacements, in any unit.

        Returns:
            (..., L, 3) positions of the landmarks, or their displacements for displacements.
        """
        return np.einsum("...lkc,lk->...lc", vertices[..., self.corners, :], self.weights)


def embed_points(
    points: Float[np.ndarray, "landmarks 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
) -> LandmarkEmbedding:
    """Return the embedding of points at (or near) a surface: each goes to the closest point of it.

    Args:
        points: (L, 3) in any unit.
        vertices: (V, 3), the unit and frame of `points`.
        faces: (F, 3) vertex indices.

    Returns:
        The corners (L, 3) and barycentric weights (L, 3) of the closest points.
    """
    points = np.asarray(points, float)
    triangles = vertices.astype(float)[faces]
    corners, weights = [], []
    for point in points:
        closest = trimesh.triangles.closest_point(triangles, np.broadcast_to(point, (len(faces), 3)))
        best = int(np.argmin(((closest - point) ** 2).sum(1)))
        corners.append(faces[best])
        found = trimesh.triangles.points_to_barycentric(triangles[best : best + 1], closest[best : best + 1])
        weights.append(found[0])
    return LandmarkEmbedding(np.array(corners), np.array(weights))

"""A piece of dress: a mesh of its own whose vertices are a linear function of the mesh that it hangs on.

    p(v) = p₀ + A (v - v₀)

The rows of A sum to one where a piece goes with the head's surface, and to zero where it is fixed to the skull.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.dress.material import Material


@dataclass(frozen=True, eq=False)
class Piece:
    """One mesh that follows a character's mesh. Metres, head frame."""

    name: str
    vertices: Float[np.ndarray, "piece 3"]
    """p₀: the piece on the neutral mesh, float32."""
    faces: Int[np.ndarray, "faces 3"]
    """Rows of `vertices`, counter-clockwise seen from outside."""
    operator: sparse.csr_matrix
    """A: a row for each vertex of the piece, a column for each vertex of the mesh that it hangs on."""
    coordinates: Float[np.ndarray, "piece 2"]
    """Texture coordinates, OpenGL's: (0, 0) is the lower left corner of a picture."""
    material: Material

    def follow(
        self, vertices: Float[np.ndarray, "vertices 3"], neutral: Float[np.ndarray, "vertices 3"]
    ) -> Float[np.ndarray, "piece 3"]:
        """Return the piece on a moved mesh.

        Args:
            vertices: (V, 3) metres, head frame.
            neutral: (V, 3) metres, head frame: the mesh at rest.

        Returns:
            (P, 3) metres, head frame, float32.
        """
        return (self.vertices + self.operator @ (vertices - neutral)).astype(np.float32)


def fixed(count: int, columns: int) -> sparse.csr_matrix:
    """Return the operator of points that never move.

    Args:
        count: the number of points.
        columns: the number of vertices of the mesh.

    Returns:
        (count, columns) without an entry.
    """
    return sparse.csr_matrix((count, columns), dtype=np.float32)


def carried(
    points: Float[np.ndarray, "points 3"],
    neutral: Float[np.ndarray, "vertices 3"],
    anchors: Int[np.ndarray, "anchors"],
) -> sparse.csr_matrix:
    """Return the operator of points that some vertices carry: affine motion of the vertices moves the points alike.

    Of all rows w with Σ w = 1 and Σ w_k v_k = p the least in Σ w² are taken, with v = v₀ of the anchors.

    Args:
        points: (P, 3) metres, head frame, anywhere.
        neutral: (V, 3) metres, head frame.
        anchors: (K,) vertices, at least four that do not lie in one plane.

    Returns:
        (P, V), K entries a row.
    """
    corners = np.concatenate([neutral[anchors].T.astype(float), np.ones((1, len(anchors)))])
    wanted = np.concatenate([points.T.astype(float), np.ones((1, len(points)))])
    centre = corners[:3].mean(1)
    corners[:3] -= centre[:, None]
    wanted[:3] -= centre[:, None]
    weights = (np.linalg.pinv(corners) @ wanted).T
    rows = np.repeat(np.arange(len(points)), len(anchors))
    columns = np.tile(anchors, len(points))
    return sparse.csr_matrix(
        (weights.ravel().astype(np.float32), (rows, columns)), (len(points), len(neutral))
    )

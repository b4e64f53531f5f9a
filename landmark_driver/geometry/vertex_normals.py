"""Normals of a triangle mesh at its vertices."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer

from landmark_driver.geometry.graph_laplacian import graph_laplacian


def vertex_normals(
    vertices: Float[np.ndarray, "vertices 3"], faces: Integer[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "vertices 3"]:
    """Average the triangles' normals around every vertex, weighted by area.

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) vertex indices, counter-clockwise seen from outside.

    Returns:
        (V, 3) unit vectors in the precision of `vertices`; zero where a vertex has no triangle.
    """
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], across)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)


def smoothed_normals(
    vertices: Float[np.ndarray, "vertices 3"], faces: Integer[np.ndarray, "faces 3"], rounds: int
) -> Float[np.ndarray, "vertices 3"]:
    """Average the vertex normals with those of their neighbours, `rounds` times.

    Args:
        vertices: (V, 3) in any unit; every vertex needs a triangle.
        faces: (F, 3) vertex indices.
        rounds: how often each normal goes half of the way to its neighbours' mean.

    Returns:
        (V, 3) unit vectors.
    """
    normals = vertex_normals(vertices, faces)
    laplacian = graph_laplacian(faces, len(vertices))
    for _ in range(rounds):
        normals = normals - 0.5 * (laplacian @ normals)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals

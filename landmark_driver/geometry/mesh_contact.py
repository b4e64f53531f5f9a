"""The distance of two triangle meshes: nearest points, smallest distance."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.triangle_search import TriangleSearch


def nearest_on_mesh(
    points: Float[np.ndarray, "points 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    reach: float = np.inf,
) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "points"]]:
    """Return the nearest place on a mesh for every point, and its triangle.

    Args:
        points: (N, 3) metres, the frame of `vertices`.
        vertices: (V, 3) metres.
        faces: (F, 3) vertex indices.
        reach: metres; places farther away are not found.

    Returns:
        (N, 3) metres and (N,) rows of `faces`. Where nothing is nearer than `reach`, the place is the point itself
        and the row is -1.
    """
    found = TriangleSearch(vertices, faces).nearest(points, reach)
    place = (vertices[faces[found.face]] * found.barycentric[:, :, None]).sum(1)
    return np.where(found.face[:, None] < 0, points, place), found.face


def distance_to_mesh(
    points: Float[np.ndarray, "points 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
) -> Float[np.ndarray, "points"]:
    """Return the distance of every point from a mesh.

    Args:
        points: (N, 3) metres, the frame of `vertices`.
        vertices: (V, 3) metres.
        faces: (F, 3) vertex indices.

    Returns:
        (N,) metres, at least 0.
    """
    return np.linalg.norm(points - nearest_on_mesh(points, vertices, faces)[0], axis=1)


def smallest_distance(
    vertices_a: Float[np.ndarray, "a 3"],
    faces_a: Int[np.ndarray, "faces_a 3"],
    vertices_b: Float[np.ndarray, "b 3"],
    faces_b: Int[np.ndarray, "faces_b 3"],
) -> float:
    """Return the smallest distance between two meshes that do not intersect.

    It is measured from the corners, edge midpoints and centres of each mesh's triangles to the other mesh. This is
    exact for a corner against a face and, for edge against edge, never too small.

    Args:
        vertices_a: (A, 3) metres.
        faces_a: (F, 3) vertex indices into `vertices_a`.
        vertices_b: (B, 3) metres, the frame of `vertices_a`.
        faces_b: (G, 3) vertex indices into `vertices_b`.

    Returns:
        Metres, above 0.
    """
    ways = ((vertices_a, faces_a, vertices_b, faces_b), (vertices_b, faces_b, vertices_a, faces_a))
    return min(
        float(distance_to_mesh(triangle_samples(points, faces), others, other_faces).min())
        for points, faces, others, other_faces in ways
    )


def triangle_samples(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "samples 3"]:
    """Return the corners, edge midpoints and centres of all triangles.

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) vertex indices.

    Returns:
        (S, 3) in the unit of `vertices`: each corner and each edge once, then the centres.
    """
    corners = vertices[faces]
    edges = np.unique(np.sort(np.concatenate([faces[:, :2], faces[:, 1:], faces[:, [2, 0]]]), 1), axis=0)
    return np.concatenate([vertices[np.unique(faces)], vertices[edges].mean(1), corners.mean(1)])

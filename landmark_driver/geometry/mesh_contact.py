"""The distance of two triangle meshes: nearest points, smallest distance.

Warp's kernels are typed by its own objects, which a type checker takes for values.
"""
# pyright: reportInvalidTypeForm=false, reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Float, Int

wp.config.log_level = wp.LOG_ERROR  # otherwise it prints on standard output


@wp.kernel
def _nearest_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    reach: wp.float32,
    face: wp.array(dtype=wp.int32),
    weights: wp.array(dtype=wp.vec3),
    place: wp.array(dtype=wp.vec3),
):
    i = wp.tid()
    query = wp.mesh_query_point_no_sign(mesh, points[i], reach)
    face[i] = -1
    place[i] = points[i]
    if query.result:
        face[i] = query.face
        weights[i] = wp.vec3(query.u, query.v, 1.0 - query.u - query.v)
        place[i] = wp.mesh_eval_position(mesh, query.face, query.u, query.v)


@dataclass(frozen=True)
class NearestPlaces:
    """The nearest place of a mesh to each of some points, in single precision."""

    face: Int[np.ndarray, "points"]
    """The triangle; -1 where nothing is within reach."""
    barycentric: Float[np.ndarray, "points 3"]
    """Coordinates of the nearest place in its triangle; zero where nothing is within reach."""
    place: Float[np.ndarray, "points 3"]
    """Metres; the point itself where nothing is within reach."""


def warp_mesh(vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> wp.Mesh:
    """Build Warp's bounding volume hierarchy of a triangle mesh, for many queries.

    Args:
        vertices: (V, 3) metres.
        faces: (F, 3) vertex indices.

    Returns:
        The mesh on the CPU, in single precision.
    """
    corners = wp.array(vertices.astype(np.float32), dtype=wp.vec3, device="cpu")
    indices = wp.array(np.ascontiguousarray(faces.ravel(), np.int32), dtype=wp.int32, device="cpu")
    return wp.Mesh(points=corners, indices=indices)


def nearest_places(mesh: wp.Mesh, points: Float[np.ndarray, "points 3"], reach: float) -> NearestPlaces:
    """Find the nearest place of a mesh for every point.

    Args:
        mesh: from `warp_mesh`.
        points: (N, 3) metres, the frame of the mesh.
        reach: metres; places farther away are not found.

    Returns:
        Triangle, barycentric coordinates and place for each of the N points.

    For a few hundred triangles that move between queries, `nearest_triangle` is quicker and in double precision.
    """
    at = wp.array(np.ascontiguousarray(points, np.float32), dtype=wp.vec3, device="cpu")
    face = wp.zeros(len(points), dtype=wp.int32, device="cpu")
    weights = wp.zeros(len(points), dtype=wp.vec3, device="cpu")
    place = wp.zeros(len(points), dtype=wp.vec3, device="cpu")
    wp.launch(_nearest_kernel, len(points), inputs=[mesh.id, at, reach, face, weights, place], device="cpu")
    return NearestPlaces(face.numpy(), weights.numpy().astype(float), place.numpy().astype(float))


def nearest_on_mesh(
    points: Float[np.ndarray, "points 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    reach: float = 1.0,
) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "points"]]:
    """Return the nearest place on a mesh for every point, and its triangle.

    Args:
        points: (N, 3) metres, the frame of `vertices`.
        vertices: (V, 3) metres.
        faces: (F, 3) vertex indices.
        reach: metres; places farther away are not found.

    Returns:
        (N, 3) metres and (N,) rows of `faces`, found in single precision. Where nothing is nearer than `reach`,
        the place is the point itself and the row is -1.
    """
    found = nearest_places(warp_mesh(vertices, faces), points, reach)
    return found.place, found.face


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
        (N,) metres, at least 0. A point farther than 1 m, the reach of `nearest_on_mesh`, gets 0.
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
        Metres. It is 0 too where any of these points is farther than 1 m from the other mesh, beyond the reach of
        `distance_to_mesh`.
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

"""How far two triangle meshes are apart: nearest points, smallest distance.

Warp's kernels are typed by its own objects, which a type checker takes for values.
"""
# pyright: reportInvalidTypeForm=false, reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Float, Int

wp.config.log_level = wp.LOG_ERROR  # or it talks on standard output


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
    place: Float[np.ndarray, "points 3"]
    """Metres; the point itself where nothing is within reach."""


def warp_mesh(vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> wp.Mesh:
    """Build Warp's bounding volume hierarchy of a triangle mesh in metres, for many queries."""
    corners = wp.array(vertices.astype(np.float32), dtype=wp.vec3, device="cpu")
    indices = wp.array(np.ascontiguousarray(faces.ravel(), np.int32), dtype=wp.int32, device="cpu")
    return wp.Mesh(points=corners, indices=indices)


def nearest_places(mesh: wp.Mesh, points: Float[np.ndarray, "points 3"], reach: float) -> NearestPlaces:
    """Find the nearest place of a mesh within `reach` (metres) for every point (N, 3), metres.

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
    """The nearest place on the mesh for every point, and its triangle. Metres; single precision inside.

    Where nothing is nearer than `reach`: the point itself, and -1.
    """
    found = nearest_places(warp_mesh(vertices, faces), points, reach)
    return found.place, found.face


def distance_to_mesh(
    points: Float[np.ndarray, "points 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
) -> Float[np.ndarray, "points"]:
    """Distance of every point from the mesh, metres."""
    return np.linalg.norm(points - nearest_on_mesh(points, vertices, faces)[0], axis=1)


def smallest_distance(
    vertices_a: Float[np.ndarray, "a 3"],
    faces_a: Int[np.ndarray, "faces_a 3"],
    vertices_b: Float[np.ndarray, "b 3"],
    faces_b: Int[np.ndarray, "faces_b 3"],
) -> float:
    """Smallest distance between two meshes that do not intersect, metres.

    From the corners, edge midpoints and centres of each mesh's triangles to the other mesh, which
    is exact for a corner against a face and, for edge against edge, never too small.
    """
    ways = ((vertices_a, faces_a, vertices_b, faces_b), (vertices_b, faces_b, vertices_a, faces_a))
    return min(
        float(distance_to_mesh(triangle_samples(points, faces), others, other_faces).min())
        for points, faces, others, other_faces in ways
    )


def triangle_samples(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "samples 3"]:
    """Corners, edge midpoints and centres of all triangles."""
    corners = vertices[faces]
    edges = np.unique(np.sort(np.concatenate([faces[:, :2], faces[:, 1:], faces[:, [2, 0]]]), 1), axis=0)
    return np.concatenate([vertices[np.unique(faces)], vertices[edges].mean(1), corners.mean(1)])

"""Closest points on a triangle mesh, by Warp's bounding volume hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Bool, Float, Int

from landmark_driver.rendering.render import vertex_normals

wp.config.log_level = wp.LOG_ERROR  # or it talks on standard output


@dataclass(frozen=True)
class Nearest:
    """The closest point of a surface to each of some points."""

    face: Int[np.ndarray, "points"]
    barycentric: Float[np.ndarray, "points 3"]
    place: Float[np.ndarray, "points 3"]
    distance: Float[np.ndarray, "points"]


class Surface:
    """A triangle mesh that answers where it is closest to given points. Metres, single precision."""

    def __init__(self, vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]):
        self.vertices, self.faces = vertices, faces
        self._normals = vertex_normals(vertices, faces)
        self._border = border_vertices(faces, len(vertices))
        self._points = wp.array(vertices.astype(np.float32), dtype=wp.vec3, device="cpu")
        self._indices = wp.array(np.ascontiguousarray(faces.ravel(), np.int32), dtype=wp.int32, device="cpu")
        self.mesh = wp.Mesh(points=self._points, indices=self._indices)

    def nearest(self, points: Float[np.ndarray, "points 3"]) -> Nearest:
        queries = wp.array(np.ascontiguousarray(points, np.float32), dtype=wp.vec3, device="cpu")
        face = wp.zeros(len(points), dtype=wp.int32, device="cpu")
        weights = wp.zeros(len(points), dtype=wp.vec3, device="cpu")
        wp.launch(
            _nearest_kernel,
            dim=len(points),
            inputs=[self.mesh.id, queries, face, weights],
            device="cpu",
        )
        found: np.ndarray = face.numpy()  # pyright: ignore[reportAssignmentType]
        barycentric = np.asarray(weights.numpy()).astype(float)
        place = (self.vertices[self.faces[found]] * barycentric[:, :, None]).sum(1)
        return Nearest(found, barycentric, place, np.linalg.norm(place - points, axis=1))

    def normals_at(self, found: Nearest) -> Float[np.ndarray, "points 3"]:
        """Unit normals, smooth over triangles."""
        normals = (self._normals[self.faces[found.face]] * found.barycentric[:, :, None]).sum(1)
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)

    def at_border(self, found: Nearest) -> Bool[np.ndarray, "points"]:
        """Whether the closest point lies on an open edge: the true one may be in the hole beyond."""
        on_border = self._border[self.faces[found.face]]
        return np.all((found.barycentric > 1e-4) <= on_border, axis=1)


def border_vertices(faces: Int[np.ndarray, "faces 3"], count: int) -> Bool[np.ndarray, "vertices"]:
    """Vertices on edges that have one triangle only."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    kinds, triangles = np.unique(edges, axis=0, return_counts=True)
    border = np.zeros(count, bool)
    border[kinds[triangles == 1]] = True
    return border


@wp.kernel
def _nearest_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),  # pyright: ignore[reportInvalidTypeForm]
    face: wp.array(dtype=wp.int32),  # pyright: ignore[reportInvalidTypeForm]
    weights: wp.array(dtype=wp.vec3),  # pyright: ignore[reportInvalidTypeForm]
):
    index = wp.tid()
    found = wp.mesh_query_point_no_sign(mesh, points[index], 10.0)
    if found.result:  # pyright: ignore[reportAttributeAccessIssue]
        face[index] = found.face  # pyright: ignore[reportAttributeAccessIssue]
        u, v = found.u, found.v  # pyright: ignore[reportAttributeAccessIssue]
        weights[index] = wp.vec3(u, v, 1.0 - u - v)

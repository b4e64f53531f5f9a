"""Whether two triangle meshes touch: nearest points, smallest distance, intersecting triangles."""

from __future__ import annotations

import numpy as np
import warp as wp
from jaxtyping import Float, Int
from numba import njit

wp.config.quiet = True


@wp.kernel
def _nearest_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    face: wp.array(dtype=wp.int32),
    place: wp.array(dtype=wp.vec3),
):
    i = wp.tid()
    query = wp.mesh_query_point_no_sign(mesh, points[i], 1.0)
    face[i] = query.face
    place[i] = wp.mesh_eval_position(mesh, query.face, query.u, query.v)


def nearest_on_mesh(
    points: Float[np.ndarray, "points 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "points"]]:
    """The nearest place on the mesh for every point, and its triangle. Metres; single precision inside."""
    corners = wp.array(vertices.astype(np.float32), dtype=wp.vec3, device="cpu")
    mesh = wp.Mesh(corners, wp.array(faces.ravel().astype(np.int32), dtype=wp.int32, device="cpu"))
    face = wp.zeros(len(points), dtype=wp.int32, device="cpu")
    place = wp.zeros(len(points), dtype=wp.vec3, device="cpu")
    at = wp.array(points.astype(np.float32), dtype=wp.vec3, device="cpu")
    wp.launch(_nearest_kernel, len(points), inputs=[mesh.id, at, face, place], device="cpu")
    return place.numpy().astype(float), face.numpy()


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
        float(distance_to_mesh(_samples(points, faces), others, other_faces).min())
        for points, faces, others, other_faces in ways
    )


def _samples(vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> np.ndarray:
    corners = vertices[faces]
    middles = (corners + np.roll(corners, 1, 1)) / 2
    return np.concatenate([vertices[np.unique(faces)], middles.reshape(-1, 3), corners.mean(1)])


def intersecting_pairs(
    vertices_a: Float[np.ndarray, "a 3"],
    faces_a: Int[np.ndarray, "faces_a 3"],
    vertices_b: Float[np.ndarray, "b 3"],
    faces_b: Int[np.ndarray, "faces_b 3"],
) -> Int[np.ndarray, "pairs 2"]:
    """Pairs of triangles, one of each mesh, of which an edge of one passes through the other.

    Pairs that share a vertex position are skipped, so that a mesh can be tested against itself.
    """
    a, b = vertices_a[faces_a], vertices_b[faces_b]
    order_a, order_b = np.argsort(a[..., 0].min(1)), np.argsort(b[..., 0].min(1))
    pairs = _sweep(np.ascontiguousarray(a[order_a]), np.ascontiguousarray(b[order_b]))
    return np.stack([order_a[pairs[:, 0]], order_b[pairs[:, 1]]], 1)


@njit(cache=True)
def _sweep(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Triangles sorted by their smallest x; tests only those whose boxes overlap."""
    low_a, high_a, low_b, high_b = _boxes(a)[0], _boxes(a)[1], _boxes(b)[0], _boxes(b)[1]
    widest = (high_b[:, 0] - low_b[:, 0]).max()
    found = []
    first = 0
    for i in range(len(a)):
        while first < len(b) and low_b[first, 0] < low_a[i, 0] - widest:
            first += 1
        for j in range(first, len(b)):
            if low_b[j, 0] > high_a[i, 0]:
                break
            apart = False
            for k in range(3):
                if low_b[j, k] > high_a[i, k] or high_b[j, k] < low_a[i, k]:
                    apart = True
            if not apart and not _share_corner(a[i], b[j]) and (_pierces(a[i], b[j]) or _pierces(b[j], a[i])):
                found.append((i, j))
    result = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        result[k, 0], result[k, 1] = found[k]
    return result


@njit(cache=True)
def _boxes(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = triangles[:, 0].copy(), triangles[:, 0].copy()
    for i in range(len(triangles)):
        for c in range(1, 3):
            for k in range(3):
                low[i, k] = min(low[i, k], triangles[i, c, k])
                high[i, k] = max(high[i, k], triangles[i, c, k])
    return low, high


@njit(cache=True)
def _share_corner(a: np.ndarray, b: np.ndarray) -> bool:
    for i in range(3):
        for j in range(3):
            if a[i, 0] == b[j, 0] and a[i, 1] == b[j, 1] and a[i, 2] == b[j, 2]:
                return True
    return False


@njit(cache=True)
def _pierces(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether an edge of triangle `a` passes through triangle `b` (Moller and Trumbore, 1997)."""
    e1, e2 = b[1] - b[0], b[2] - b[0]
    for k in range(3):
        origin, direction = a[k], a[(k + 1) % 3] - a[k]
        p = np.cross(direction, e2)
        determinant = (e1 * p).sum()
        if abs(determinant) < 1e-18:
            continue
        away = origin - b[0]
        u = (away * p).sum() / determinant
        if u < 0 or u > 1:
            continue
        q = np.cross(away, e1)
        v = (direction * q).sum() / determinant
        if v < 0 or u + v > 1:
            continue
        t = (e2 * q).sum() / determinant
        if t >= 0 and t <= 1:
            return True
    return False

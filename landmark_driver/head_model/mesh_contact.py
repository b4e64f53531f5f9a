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
    reach: wp.float32,
    face: wp.array(dtype=wp.int32),
    place: wp.array(dtype=wp.vec3),
):
    i = wp.tid()
    query = wp.mesh_query_point_no_sign(mesh, points[i], reach)
    face[i] = -1
    place[i] = points[i]
    if query.result:
        face[i] = query.face
        place[i] = wp.mesh_eval_position(mesh, query.face, query.u, query.v)


def nearest_on_mesh(
    points: Float[np.ndarray, "points 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    reach: float = 1.0,
) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "points"]]:
    """The nearest place on the mesh for every point, and its triangle. Metres; single precision inside.

    Where nothing is nearer than `reach`: the point itself, and -1.
    """
    corners = wp.array(vertices.astype(np.float32), dtype=wp.vec3, device="cpu")
    mesh = wp.Mesh(corners, wp.array(faces.ravel().astype(np.int32), dtype=wp.int32, device="cpu"))
    face = wp.zeros(len(points), dtype=wp.int32, device="cpu")
    place = wp.zeros(len(points), dtype=wp.vec3, device="cpu")
    at = wp.array(points.astype(np.float32), dtype=wp.vec3, device="cpu")
    wp.launch(_nearest_kernel, len(points), inputs=[mesh.id, at, reach, face, place], device="cpu")
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
    cell = 2 * float(np.median(np.linalg.norm(b - np.roll(b, 1, 1), axis=2))) + 1e-9
    low = np.minimum(a.min((0, 1)), b.min((0, 1)))
    shape = (
        np.minimum(np.ceil((np.maximum(a.max((0, 1)), b.max((0, 1))) - low) / cell), 200).astype(np.int64) + 1
    )
    return _crossing_in_grid(np.ascontiguousarray(a), np.ascontiguousarray(b), low, cell, shape)


@njit(cache=True)
def _crossing_in_grid(
    a: np.ndarray, b: np.ndarray, low: np.ndarray, cell: float, shape: np.ndarray
) -> np.ndarray:
    """Tests pairs whose boxes overlap, each in the first grid cell that both boxes share."""
    low_a, high_a = _boxes(a)
    low_b, high_b = _boxes(b)
    first_a, last_a = _cells(low_a, low, cell, shape), _cells(high_a, low, cell, shape)
    first_b, last_b = _cells(low_b, low, cell, shape), _cells(high_b, low, cell, shape)
    start = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    for step in range(2):
        if step == 1:
            for c in range(len(start) - 1):
                start[c + 1] += start[c]
            content = np.empty(start[-1], np.int64)
            filled = start[:-1].copy()
        for j in range(len(b)):
            for x in range(first_b[j, 0], last_b[j, 0] + 1):
                for y in range(first_b[j, 1], last_b[j, 1] + 1):
                    for z in range(first_b[j, 2], last_b[j, 2] + 1):
                        c = (x * shape[1] + y) * shape[2] + z
                        if step == 0:
                            start[c + 1] += 1
                        else:
                            content[filled[c]] = j
                            filled[c] += 1
    found = []
    for i in range(len(a)):
        for x in range(first_a[i, 0], last_a[i, 0] + 1):
            for y in range(first_a[i, 1], last_a[i, 1] + 1):
                for z in range(first_a[i, 2], last_a[i, 2] + 1):
                    c = (x * shape[1] + y) * shape[2] + z
                    for k in range(start[c], start[c + 1]):
                        j = content[k]
                        if (
                            max(first_a[i, 0], first_b[j, 0]) == x
                            and max(first_a[i, 1], first_b[j, 1]) == y
                            and max(first_a[i, 2], first_b[j, 2]) == z
                            and _overlap(low_a[i], high_a[i], low_b[j], high_b[j])
                            and not _share_corner(a[i], b[j])
                            and (_pierces(a[i], b[j]) or _pierces(b[j], a[i]))
                        ):
                            found.append((i, j))
    result = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        result[k, 0], result[k, 1] = found[k]
    return result


@njit(cache=True)
def _cells(places: np.ndarray, low: np.ndarray, cell: float, shape: np.ndarray) -> np.ndarray:
    result = np.empty(places.shape, np.int64)
    for i in range(len(places)):
        for k in range(3):
            result[i, k] = min(max(int((places[i, k] - low[k]) / cell), 0), shape[k] - 1)
    return result


@njit(cache=True)
def _overlap(low_a: np.ndarray, high_a: np.ndarray, low_b: np.ndarray, high_b: np.ndarray) -> bool:
    for k in range(3):
        if low_b[k] > high_a[k] or high_b[k] < low_a[k]:
            return False
    return True


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

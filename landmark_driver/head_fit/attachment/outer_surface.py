"""The part of a scan that can be seen from outside: not the inside of nostrils, lips and heads without eyes."""

from __future__ import annotations

import numpy as np
import warp as wp
from jaxtyping import Bool, Float
from scipy.spatial import KDTree

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head_fit.attachment.surface import Surface

HIDDEN_BELOW = 0.12
"""The openness below which no camera sees a point."""
_JUDGED = 12_000
_DIRECTIONS = 40
_LIFT_M, _REACH_M = 0.0004, 0.08


def openness(
    surface: Surface, points: Float[np.ndarray, "points 3"], normals: Float[np.ndarray, "points 3"]
) -> Float[np.ndarray, "points"]:
    """Return the fraction of the half space above each point that is free of the surface for 8 cm.

    Args:
        surface: the mesh, metres.
        points: (N, 3) metres, on the surface.
        normals: (N, 3) unit normals.

    Returns:
        (N,) fractions in 0..1, by 40 even directions, each weighted by its cosine to the normal.
    """
    lifted = points + _LIFT_M * normals
    free = wp.zeros(len(points), dtype=float, device="cpu")
    starts, towards = (
        wp.array(np.ascontiguousarray(rows, np.float32), dtype=wp.vec3, device="cpu")
        for rows in (lifted, normals)
    )
    directions = wp.array(_sphere(), dtype=wp.vec3, device="cpu")
    inputs = [surface.mesh.id, starts, towards, directions, len(_sphere()), _REACH_M, free]
    wp.launch(_openness_kernel, dim=len(points), inputs=inputs, device="cpu")
    return np.asarray(free.numpy()).astype(float)


def hidden_vertices(surface: Surface) -> Bool[np.ndarray, "vertices"]:
    """Return the vertices deep inside nostrils, between lips and the like.

    Args:
        surface: the mesh, metres.

    Returns:
        (V,) True where the openness is below 0.12.

    In large scans only about 12,000 vertices are judged; each other vertex follows the nearest judged one.
    """
    step = max(1, len(surface.vertices) // _JUDGED)
    judged = surface.vertices[::step]
    free = openness(surface, judged, vertex_normals(surface.vertices, surface.faces)[::step])
    if step == 1:
        return free < HIDDEN_BELOW
    return (free < HIDDEN_BELOW)[KDTree(judged).query(surface.vertices)[1]]


def _sphere() -> Float[np.ndarray, "directions 3"]:
    """Return even directions over the sphere (Fibonacci)."""
    index = np.arange(_DIRECTIONS) + 0.5
    z = 1 - 2 * index / _DIRECTIONS
    turn = np.pi * (1 + np.sqrt(5)) * index
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], 1).astype(np.float32)


@wp.kernel
def _openness_kernel(
    mesh: wp.uint64,
    starts: wp.array(dtype=wp.vec3),  # pyright: ignore[reportInvalidTypeForm]
    normals: wp.array(dtype=wp.vec3),  # pyright: ignore[reportInvalidTypeForm]
    directions: wp.array(dtype=wp.vec3),  # pyright: ignore[reportInvalidTypeForm]
    count: int,
    reach: float,
    free: wp.array(dtype=float),  # pyright: ignore[reportInvalidTypeForm]
):
    index = wp.tid()
    seen = float(0.0)  # noqa: UP018 (a literal would be a constant inside the loop)
    tried = float(0.0)  # noqa: UP018
    for k in range(count):
        cosine = wp.dot(directions[k], normals[index])
        if cosine > 0.1:
            tried += cosine
            hit = wp.mesh_query_ray(mesh, starts[index], directions[k], reach)  # pyright: ignore[reportArgumentType]
            if not hit.result:  # pyright: ignore[reportAttributeAccessIssue]
                seen += cosine
    free[index] = seen / wp.max(tried, 1.0e-6)

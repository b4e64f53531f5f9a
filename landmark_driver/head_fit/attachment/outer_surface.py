"""The part of a scan that can be seen from outside: not the inside of nostrils, lips and heads without eyes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import KDTree

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head_fit.attachment.surface import Surface

HIDDEN_BELOW = 0.12
"""The openness below which no camera sees a point."""
_JUDGED = 12_000
_DIRECTIONS = 40
_LIFT_M, _REACH_M = 0.0004, 0.08
_SMALLEST_COSINE = 0.1


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
    free, tried = np.zeros((2, len(points)))
    for direction in _sphere():
        cosine = normals @ direction
        above = np.flatnonzero(cosine > _SMALLEST_COSINE)
        towards = np.broadcast_to(direction, (len(above), 3))
        hit = surface.search.first_hits(lifted[above], towards, _REACH_M).face >= 0
        tried[above] += cosine[above]
        free[above] += np.where(hit, 0.0, cosine[above])
    return free / np.maximum(tried, 1e-6)


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
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], 1)

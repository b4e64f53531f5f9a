"""Cavities built onto the edges of a cut bone: orbits, the nasal cavity, the base of the skull."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Hollow:
    """Rings from a rim towards an end point that close a hole in a mesh.

    Ring k is end_k + radius_k * (rim - centre) + rise_k * lift, end_k = centre + depth_k * end.
    """

    rim: Int[np.ndarray, "rim"]
    end: Float[np.ndarray, "3"]
    """The vector from the rim's centre to the bottom of the cavity, metres on the default head."""
    depth: tuple[float, ...]
    radius: tuple[float, ...]
    lift: Float[np.ndarray, "rim"]
    """Upward displacement of the rings at each rim vertex, metres on the default head."""
    rise: tuple[float, ...]


def hollow_points(
    hollow: Hollow, rim: Float[np.ndarray, "rim 3"], scale: float
) -> Float[np.ndarray, "points 3"]:
    """Return a hollow's vertices, ring by ring, then the end point.

    Args:
        hollow: the cavity.
        rim: (R, 3) metres, head frame: the rim's positions on this head.
        scale: the head's size relative to the default one.

    Returns:
        (K * R + 1, 3) metres, head frame, for K rings.
    """
    centre = rim.mean(0)
    up = np.array([0.0, 1.0, 0.0])
    rings = [
        centre
        + depth * scale * hollow.end
        + radius * (rim - centre)
        + scale * rise * hollow.lift[:, None] * up
        for depth, radius, rise in zip(hollow.depth, hollow.radius, hollow.rise, strict=True)
    ]
    return np.concatenate([*rings, [centre + scale * hollow.end]])


def hollow_faces(hollow: Hollow, start: int) -> Int[np.ndarray, "faces 3"]:
    """Return a hollow's triangles, from the rim over the rings to the end point.

    Args:
        hollow: the cavity; its rim is in vertices of the cut mesh.
        start: the index of the first ring's first vertex.

    Returns:
        ((2 * K + 1) * R, 3) vertex indices, for K rings of R vertices.
    """
    size = len(hollow.rim)
    rings = [hollow.rim, *(start + k * size + np.arange(size) for k in range(len(hollow.depth)))]
    faces = []
    for outer, inner in pairwise(rings):
        next_outer, next_inner = np.roll(outer, -1), np.roll(inner, -1)
        faces.append(np.stack([next_outer, outer, inner], 1))
        faces.append(np.stack([next_outer, inner, next_inner], 1))
    bottom = np.full(size, start + len(hollow.depth) * size)
    faces.append(np.stack([np.roll(rings[-1], -1), rings[-1], bottom], 1))
    return np.concatenate(faces)

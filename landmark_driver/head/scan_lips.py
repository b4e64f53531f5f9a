"""A scan's lips touch at rest: scans end a little before the line where lips meet, and teeth would be seen through the slit."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.head.lip_seal import ROUNDS, LipSeal
from landmark_driver.head.lip_sections import seal_of_sections, sections_across

_SPACING_M = 0.001
"""The distance between sections across the mouth."""
_LEAST_SHARE = 0.15
"""Vertices that take less of an opening are no longer lip."""
_FACING_M = 0.004
"""What is further from the other lip does not face it."""
_TOUCH_M, _PARTED_M = 4e-4, 0.003
"""The overlap of closed lips; lips further apart than the second length were scanned open, and stay so."""


def closing_motion(
    seal: LipSeal,
    head_vertices: Float[np.ndarray, "head 3"],
    vertices: Float[np.ndarray, "scan 3"],
    faces: Int[np.ndarray, "faces 3"],
    operator: sparse.csr_matrix,
) -> Float[np.ndarray, "head 3"]:
    """Return the motion of a neutral head that closes the lips of the scan bound to it.

    Args:
        seal: of the head's lips.
        head_vertices: (H, 3) metres, head frame, of the neutral head.
        vertices: (S, 3) metres, head frame, of the neutral scan.
        faces: (F, 3) its triangles, none of them across the closed mouth.
        operator: (S, H) motion of the scan's vertices by the motion of the head's.

    Returns:
        (H, 3) metres, head frame; zero for a scan whose lips touch, or are clearly parted.
    """
    share, motion = np.zeros(len(head_vertices)), np.zeros(head_vertices.shape)
    share[seal.moving] = seal.share
    slit = _slit(vertices, edges_of(faces), operator @ share)
    if slit is None:
        return motion
    across = head_vertices[seal.moving, 0].astype(float)
    for _ in range(ROUNDS):
        places, gaps = slit.gaps(vertices + operator @ motion)
        if np.percentile(gaps, 75) > _PARTED_M:
            break
        rise = np.interp(across, places, np.minimum(-slit.touch - gaps, 0) / slit.give)
        motion[seal.moving, 1] += seal.share * rise
    return motion


def _slit(vertices, edges, share) -> LipSeal | None:
    """Return the seal of the scan's own vertices."""
    lips = [edges[lip[edges].all(1)] for lip in _facing(vertices, share)]
    if not all(map(len, lips)):
        return None
    reach = [vertices[np.unique(lip), 0] for lip in lips]
    first, last = max(x.min() for x in reach), min(x.max() for x in reach)
    sections = sections_across(lips, vertices, np.arange(first, last, _SPACING_M))
    if sections is None:
        return None
    return seal_of_sections(sections, sections.points, share, np.full(len(sections.places), _TOUCH_M))


def _facing(vertices, share) -> list[Bool[np.ndarray, "scan"]]:
    """Return which vertices are those of the upper and of the lower lip that are near the other lip."""
    lips = [side * share > _LEAST_SHARE for side in (1, -1)]
    if not all(lip.any() for lip in lips):
        return lips
    near = [KDTree(vertices[other]).query(vertices)[0] < _FACING_M for other in lips[::-1]]
    return [lip & close for lip, close in zip(lips, near, strict=True)]

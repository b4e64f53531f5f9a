"""A scan's lips touch at rest: scans end a little before the line where lips meet, and teeth would be seen through the slit."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from landmark_driver.head.lip_seal import ROUNDS, SLOPES, LipSeal

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
    own_share = operator @ share
    edges = np.unique(np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    facing = _facing(vertices, own_share)
    lips = [edges[lip[edges].all(1)] for lip in facing]
    across = head_vertices[seal.moving, 0].astype(float)
    for _ in range(ROUNDS):
        moved = vertices + operator @ motion
        places, gaps, gives = _gaps(moved, lips, own_share)
        if not len(places) or np.percentile(gaps, 75) > _PARTED_M:
            return motion
        rise = np.interp(across, places, np.minimum(-gaps - _TOUCH_M, 0) / gives)
        motion[seal.moving, 1] += seal.share * rise
    return motion


def _facing(vertices, share) -> list[Bool[np.ndarray, "scan"]]:
    """Return which vertices are those of the upper and of the lower lip that are near the other lip."""
    lips = [side * share > _LEAST_SHARE for side in (1, -1)]
    if not all(lip.any() for lip in lips):
        return lips
    near = [KDTree(vertices[other]).query(vertices)[0] < _FACING_M for other in lips[::-1]]
    return [lip & close for lip, close in zip(lips, near, strict=True)]


def _gaps(vertices, lips, share) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sections across the mouth: their places, gaps, and the shares between their lips."""
    reach = [vertices[np.unique(edges), 0] for edges in lips]
    if not all(map(len, reach)):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    first, last = max(x.min() for x in reach), min(x.max() for x in reach)
    found = []
    for place in np.arange(first, last, _SPACING_M):
        cuts = [_cut(vertices, edges, share, float(place)) for edges in lips]
        if all(len(heights) for heights, _ in cuts):
            (above, up), (below, down) = cuts
            found.append((place, (above.min(0) - below.max(0)).max(), up.max() - down.min()))
    places, gaps, gives = np.array(found).reshape(-1, 3).T
    return places, gaps, gives


def _cut(vertices, edges, share, place: float) -> tuple[Float[np.ndarray, "points slopes"], np.ndarray]:
    """Return the heights along every slope of the points where edges cross x = place, and the points' shares."""
    start, end = vertices[edges[:, 0], 0], vertices[edges[:, 1], 0]
    crossing = (start < place) != (end < place)
    one, other = edges[crossing].T
    along = ((place - start[crossing]) / (end[crossing] - start[crossing]))[:, None]
    points = vertices[one] * (1 - along) + vertices[other] * along
    shares = share[one] * (1 - along[:, 0]) + share[other] * along[:, 0]
    return points[:, 1, None] + points[:, 2, None] * SLOPES, shares

"""A first placement of the inner wraps in which no tetrahedron is inverted.

Every vertex has a safest inward direction, the one with the largest angle to all tangent planes
around it. Along these directions a layer that is thin enough is never inverted. A wanted
placement therefore only has to be mixed with the thin one where it fails, until it no longer does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.graph_laplacian import graph_laplacian
from landmark_driver.layers.wraps.prism_tets import signed_volumes

_THINNEST = 0.005
_SMALLEST_FRACTION = 0.02
"""A tetrahedron counts as failed below this fraction of its reference volume (and of its own thinning)."""


@dataclass(frozen=True)
class TrianglesAround:
    """The triangles around each vertex, padded with repetitions to one length."""

    faces: Int[np.ndarray, "faces 3"]
    of_vertex: Int[np.ndarray, "wrap most"]

    @classmethod
    def of(cls, faces: Int[np.ndarray, "faces 3"], count: int) -> TrianglesAround:
        """Return the triangles around each of `count` vertices.

        Args:
            faces: (F, 3) vertex indices; every vertex is in at least one triangle.
            count: the number of vertices.

        Returns:
            The triangles around each vertex, the last one repeated up to the largest number of them.
        """
        corner = np.argsort(faces.ravel(), kind="stable")
        many = np.bincount(faces.ravel(), minlength=count)
        first = np.concatenate([[0], np.cumsum(many)[:-1]])
        place = first[:, None] + np.minimum(np.arange(many.max()), many[:, None] - 1)
        return cls(faces, (corner // 3)[place])


def safest_directions(
    points: Float[np.ndarray, "wrap 3"], around: TrianglesAround, rounds: int = 150
) -> tuple[Float[np.ndarray, "wrap 3"], Float[np.ndarray, "wrap"]]:
    """Return inward unit vectors d that maximise min over adjacent triangles of -n.d, and that minimum.

    Args:
        points: (W, 3) metres.
        around: the triangles around each vertex.
        rounds: one more than the number of steps.

    Returns:
        (W, 3) unit vectors, and (W,) minima in -1..1.

    The centre of the smallest ball around the normals points along the axis of their smallest
    cone; Badoiu and Clarkson (2003) approach it by stepping to the farthest point with weight
    1 / (i + 1). A vertex whose minimum is not positive has no valid inward direction.
    """
    a, b, c = np.swapaxes(points[around.faces], 0, 1)
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    fan = normals[around.of_vertex]
    centre = fan.mean(1)
    rows = np.arange(len(points))
    for step in range(1, rounds):
        farthest = ((fan - centre[:, None]) ** 2).sum(2).argmax(1)
        centre += (fan[rows, farthest] - centre) / (step + 1)
    inward = -centre / np.linalg.norm(centre, axis=1, keepdims=True)
    return inward, -(fan * inward[:, None]).sum(2).max(1)


def uninverted_start(
    skin_wrap: Float[np.ndarray, "wrap 3"],
    offsets: Float[np.ndarray, "layers wrap 3"],
    safest: Float[np.ndarray, "wrap 3"],
    around: TrianglesAround,
    tets: Int[np.ndarray, "tets 4"],
    reference_volumes: Float[np.ndarray, "tets"],
    rounds: int = 120,
) -> tuple[Float[np.ndarray, "nodes 3"], int]:
    """Return nodes of skin wrap and inner wraps near `skin_wrap + offsets`, and the number of failed tetrahedra.

    Args:
        skin_wrap: (W, 3) metres, head frame.
        offsets: (2, W, 3) metres, from the skin wrap to the wanted muscle wrap and skull wrap.
        safest: (W, 3) inward unit vectors of `safest_directions`.
        around: the triangles around each vertex.
        tets: (T, 4) node indices.
        reference_volumes: (T,) cubic metres.
        rounds: the most steps.

    Returns:
        (3 W, 3) metres, head frame, the best nodes of all rounds, and the number of tetrahedra that fail in them.

    Where a tetrahedron fails, its vertices' offsets move step by step to a thin layer along the
    safest directions; neighbours follow, so that the change stays smooth.
    """
    count = len(skin_wrap)
    laplacian = graph_laplacian(around.faces, count)
    thin = np.linalg.norm(offsets, axis=2)[..., None] * safest
    fraction, depth = np.zeros(count), np.ones(count)
    best, fewest = np.concatenate([skin_wrap, *(skin_wrap + offsets)]), len(tets)
    for _ in range(rounds):
        mixed = ((1 - fraction)[:, None] * offsets + fraction[:, None] * thin) * depth[:, None]
        nodes = np.concatenate([skin_wrap, *(skin_wrap + mixed)])
        thinning = depth[tets % count].min(1)
        failed = signed_volumes(nodes, tets) < _SMALLEST_FRACTION * thinning * reference_volumes
        if failed.sum() < fewest:
            best, fewest = nodes, int(failed.sum())
        if fewest == 0:
            break
        at = np.unique(tets[failed] % count)
        fraction[at] = np.minimum(1, fraction[at] + 0.25)
        depth[at] = np.maximum(_THINNEST, depth[at] * np.where(fraction[at] < 1, 0.95, 0.85))
        fraction = np.maximum(fraction, 0.7 * (fraction - laplacian @ fraction))
        depth = np.minimum(depth, depth - 0.5 * (laplacian @ depth))
    return best, fewest

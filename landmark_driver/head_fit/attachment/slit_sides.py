"""The side of a slit, the mouth's or an eye's, that every point of a surface belongs to.

Lips touch, so the nearest point of the template may be on the other lip. The way along the surface separates them: it
starts from skin clearly above the slit or from skin clearly below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import dijkstra

from landmark_driver.geometry.mesh_edges import edges_of

UPPER, LOWER, NEITHER = 1, -1, 0
_TAPER = 1.5
"""Metres that the zone widens for each metre from a corner inwards."""


@dataclass(frozen=True)
class Slit:
    """The line where two lips or lids meet, from the subject's right corner to the left one."""

    upper: Float[np.ndarray, "upper 3"]
    lower: Float[np.ndarray, "lower 3"]
    zone_m: float
    """The distance from the line beyond which sides do not matter."""

    def height(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points"]:
        """Return the height above the middle of the slit, seen from the front.

        Args:
            points: (N, 3) metres, head frame.

        Returns:
            (N,) metres along +y.
        """
        x = np.linspace(self.upper[0, 0], self.upper[-1, 0], 40)
        middle = (np.interp(x, *self.upper[:, :2].T) + np.interp(x, *self.lower[:, :2].T)) / 2
        return points[:, 1] - np.interp(points[:, 0], x, middle)

    def within(self, points: Float[np.ndarray, "points 3"]) -> Bool[np.ndarray, "points"]:
        """Return the points near enough for sides to matter.

        Args:
            points: (N, 3) metres, head frame.

        Returns:
            (N,) True inside the zone, which narrows to nothing at the corners, where both sides are one.
        """
        inwards = np.minimum(points[:, 0] - self.upper[0, 0], self.upper[-1, 0] - points[:, 0])
        return self.distance(points) < np.clip(_TAPER * inwards, 0, self.zone_m)

    def distance(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points"]:
        """Return the distance to the nearest vertex of the slit's two lines.

        Args:
            points: (N, 3) metres, head frame.

        Returns:
            (N,) metres.
        """
        line = np.concatenate([self.upper, self.lower])
        return np.sqrt(np.min([((points - place) ** 2).sum(1) for place in line], axis=0))


def slit_of(
    loop: Int[np.ndarray, "loop"], vertices: Float[np.ndarray, "vertices 3"], zone_m: float
) -> tuple[Slit, Int[np.ndarray, "upper"], Int[np.ndarray, "lower"]]:
    """Return the slit of a loop of vertices, cut at its two corners.

    Args:
        loop: (K,) vertices of the rim, in order.
        vertices: (V, 3) metres, head frame.
        zone_m: metres from the line within which sides matter.

    Returns:
        The slit, then the vertices of the upper and of the lower side, each from the subject's right to left.
    """
    places = vertices[loop]
    right, left = int(places[:, 0].argmin()), int(places[:, 0].argmax())
    one = np.roll(loop, -right)[: (left - right) % len(loop) + 1]
    other = np.roll(loop, -left)[: (right - left) % len(loop) + 1][::-1]
    if vertices[one, 1].mean() < vertices[other, 1].mean():
        one, other = other, one
    return Slit(_rising(vertices[one]), _rising(vertices[other]), zone_m), one, other


def _rising(line: Float[np.ndarray, "line 3"]) -> Float[np.ndarray, "line 3"]:
    """Return the line with x never falling, as interpolation over x requires it."""
    return np.concatenate([np.maximum.accumulate(line[:, :1]), line[:, 1:]], 1)


def sides_by_way(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    above: Int[np.ndarray, "above"],
    below: Int[np.ndarray, "below"],
) -> Int[np.ndarray, "vertices"]:
    """Return the side of every vertex by the shorter way along edges.

    Args:
        vertices: (V, 3) metres.
        faces: (F, 3) triangles.
        above: vertices that are certainly above the slit.
        below: vertices that are certainly below.

    Returns:
        (V,) UPPER where the way to `above` is the shorter one, LOWER for `below`, NEITHER where there is no way.
    """
    a, b = edges_of(faces).T
    length = np.linalg.norm(vertices[a] - vertices[b], axis=1) + 1e-9
    graph = sparse.csr_matrix((length, (a, b)), shape=(len(vertices), len(vertices)))
    ways = [
        dijkstra(graph, directed=False, indices=seeds, min_only=True)
        if len(seeds)
        else np.full(len(vertices), np.inf)
        for seeds in (above, below)
    ]
    side = np.where(ways[0] < ways[1], UPPER, LOWER)
    return np.where(np.isfinite(ways[0]) | np.isfinite(ways[1]), side, NEITHER)

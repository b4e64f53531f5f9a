"""Which side of a slit, the mouth's or an eye's, every place of a surface belongs to.

Lips touch, so the nearest place of the template may be on the other lip. What tells them apart is the way
along the surface: from skin that is clearly above the slit, or from skin clearly below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import dijkstra

UPPER, LOWER, NEITHER = 1, -1, 0
_TAPER = 1.5
"""How fast the zone widens from a corner inwards."""


@dataclass(frozen=True)
class Slit:
    """The line where two lips or lids meet, from the subject's right corner to the left one."""

    upper: Float[np.ndarray, "upper 3"]
    lower: Float[np.ndarray, "lower 3"]
    zone_m: float
    """Farther from the line than this, sides do not matter."""

    def height(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points"]:
        """Metres above the middle of the slit, seen from the front."""
        x = np.linspace(self.upper[0, 0], self.upper[-1, 0], 40)
        middle = (np.interp(x, *self.upper[:, :2].T) + np.interp(x, *self.lower[:, :2].T)) / 2
        return points[:, 1] - np.interp(points[:, 0], x, middle)

    def within(self, points: Float[np.ndarray, "points 3"]) -> Bool[np.ndarray, "points"]:
        """Near enough for sides to matter: the zone narrows to nothing at the corners, where they are one."""
        inwards = np.minimum(points[:, 0] - self.upper[0, 0], self.upper[-1, 0] - points[:, 0])
        return self.distance(points) < np.clip(_TAPER * inwards, 0, self.zone_m)

    def distance(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points"]:
        line = np.concatenate([self.upper, self.lower])
        return np.sqrt(np.min([((points - place) ** 2).sum(1) for place in line], axis=0))


def slit_of(
    loop: Int[np.ndarray, "loop"], vertices: Float[np.ndarray, "vertices 3"], zone_m: float
) -> tuple[Slit, Int[np.ndarray, "upper"], Int[np.ndarray, "lower"]]:
    """A loop of vertices cut at its corners, head frame: the slit, and the vertices of each side."""
    places = vertices[loop]
    right, left = int(places[:, 0].argmin()), int(places[:, 0].argmax())
    one = np.roll(loop, -right)[: (left - right) % len(loop) + 1]
    other = np.roll(loop, -left)[: (right - left) % len(loop) + 1][::-1]
    if vertices[one, 1].mean() < vertices[other, 1].mean():
        one, other = other, one
    return Slit(_rising(vertices[one]), _rising(vertices[other]), zone_m), one, other


def _rising(line: Float[np.ndarray, "line 3"]) -> Float[np.ndarray, "line 3"]:
    """The line with x never falling, as interpolation over x needs it."""
    return np.concatenate([np.maximum.accumulate(line[:, :1]), line[:, 1:]], 1)


def sides_by_way(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    above: Int[np.ndarray, "above"],
    below: Int[np.ndarray, "below"],
) -> Int[np.ndarray, "vertices"]:
    """UPPER where the way along edges to `above` is the shorter one, LOWER to `below`, NEITHER without way."""
    a, b = np.unique(np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0).T
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

"""A slit between two lips or lids as a frame of reference: its rims, and how far every vertex is from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int
from scipy.sparse.csgraph import dijkstra

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.head.identity_model import IdentityHead

CORNER = 0.86
"""The opening is measured up to this fraction of half the slit's width: beyond it, both sides are one."""
_PLACES = 49
_OWN = 0.5
"""Vertices belong to a side's edge from this membership on."""


@dataclass(frozen=True, eq=False)
class SlitFrame:
    """Places around one slit of one neutral head."""

    head: IdentityHead
    loop: Int[np.ndarray, "loop"]
    """The skin's edge along the slit, in order."""
    cavity: str
    """The part behind the slit; it moves with the skin."""
    firm_m: float
    """Along the surface from a rim: nearer than this a vertex belongs to its side, metres."""
    faded_m: float
    """Beyond this it belongs to none, metres."""

    @cached_property
    def rims(self) -> tuple[Int[np.ndarray, "upper"], Int[np.ndarray, "lower"]]:
        """The edges, upper first, each with both corners, from the subject's right to left."""
        vertices = self.head.vertices
        loop = np.roll(self.loop, -int(np.argmin(vertices[self.loop, 0])))
        left = int(np.argmax(vertices[loop, 0]))
        halves = [loop[: left + 1], np.append(loop[left:], loop[0])[::-1]]
        upper, lower = sorted(halves, key=lambda half: -vertices[half, 1].mean())
        return upper, lower

    @cached_property
    def half_width(self) -> float:
        """From the middle to a corner, metres."""
        return float(np.ptp(self.head.vertices[self.loop, 0]) / 2)

    @cached_property
    def middle(self) -> Float[np.ndarray, "3"]:
        """Half way between the rims, above the middle of the slit, metres, head frame."""
        x = self.head.vertices[self.loop, 0].min() + self.half_width
        both = [self.along(rim, self.head.vertices, np.array([x]))[0] for rim in self.rims]
        return np.mean(both, 0)

    @cached_property
    def from_middle(self) -> Float[np.ndarray, "vertices 3"]:
        """Distance across from the middle, height above the slit at that place, distance forwards from the middle, metres."""
        x, y, z = self.head.vertices.T
        heights = [self.along(rim, self.head.vertices, x)[:, 1] for rim in self.rims]
        return np.stack([np.abs(x - self.middle[0]), y - np.mean(heights, 0), z - self.middle[2]], 1)

    @cached_property
    def tissue(self) -> Float[np.ndarray, "vertices"]:
        """One for skin and cavity, zero for all other parts."""
        return np.isin(np.arange(len(self.head.vertices)), self._faces).astype(float)

    @cached_property
    def side(self) -> Float[np.ndarray, "vertices"]:
        """1 on the upper lip or lid, -1 on the lower one, zero at the corners, fading to zero away from both."""
        edges = edges_of(self._faces)
        length = np.linalg.norm(np.diff(self.head.vertices[edges], axis=1)[:, 0], axis=1)
        graph = sparse.csr_matrix((length, edges.T), shape=(len(self.head.vertices),) * 2)
        above, below = (
            dijkstra(graph, directed=False, indices=rim[1:-1], min_only=True) for rim in self.rims
        )
        result = np.zeros(len(above))
        reached = np.flatnonzero(np.minimum(above, below) < self.faded_m)
        above, below = above[reached], below[reached]
        own = np.clip(2 * (below - above) / np.maximum(below + above, 1e-9), -1, 1)
        result[reached] = own * (1 - rise(np.minimum(above, below), self.firm_m, self.faded_m))
        return result

    def along(
        self,
        rim: Int[np.ndarray, "rim"],
        values: Float[np.ndarray, "vertices n"],
        x: Float[np.ndarray, "places"],
    ) -> Float[np.ndarray, "places n"]:
        """Return values of a rim at places across.

        Args:
            rim: one of `rims`.
            values: (V, N) of all vertices.
            x: (P,) metres, head frame, at rest.

        Returns:
            (P, N) interpolated linearly; beyond the corners as at the corner.
        """
        return np.stack([np.interp(x, self.head.vertices[rim, 0], column) for column in values[rim].T], 1)

    def across(self, near: float, far: float) -> Float[np.ndarray, "vertices"]:
        """Return one up to a distance across from the middle, falling to zero at another.

        Args:
            near: in half widths of the slit.
            far: in half widths, larger.

        Returns:
            (V,) in 0..1.
        """
        return 1 - rise(self.from_middle[:, 0] / self.half_width, near, far)

    def high(self, near_m: float, far_m: float) -> Float[np.ndarray, "vertices"]:
        """Return one up to a height above or below the slit, falling to zero at another.

        Args:
            near_m: metres.
            far_m: metres, larger.

        Returns:
            (V,) in 0..1.
        """
        return 1 - rise(np.abs(self.from_middle[:, 1]), near_m, far_m)

    def opening(self, vertices: Float[np.ndarray, "vertices 3"]) -> tuple[np.ndarray, np.ndarray]:
        """Return how far both sides are apart, seen from the front.

        Args:
            vertices: (V, 3) metres, the head with an expression.

        Returns:
            Places across the slit (P,) from right to left, and there the height of the upper side's lowest over
            the lower side's highest point (P,), metres; negative where they cover each other.
        """
        corners = vertices[self.loop, 0]
        middle, half = (corners.min() + corners.max()) / 2, np.ptp(corners) / 2
        places = middle + CORNER * half * np.linspace(-1, 1, _PLACES)
        upper, lower = self._side_edges
        return places, -_highest(vertices[upper] * [1, -1, 1], places) - _highest(vertices[lower], places)

    @cached_property
    def _faces(self) -> Int[np.ndarray, "faces 3"]:
        return self.head.topology.faces_of("skin", self.cavity)

    @cached_property
    def _side_edges(self) -> tuple[Int[np.ndarray, "upper 2"], Int[np.ndarray, "lower 2"]]:
        own = [(sign * self.side > _OWN)[self._faces].all(1) for sign in (1, -1)]
        return edges_of(self._faces[own[0]]), edges_of(self._faces[own[1]])


def rise(values: np.ndarray, start: float, end: float) -> np.ndarray:
    """Return a smooth step: zero up to `start`, one from `end` on.

    Args:
        values: of any shape.
        start: in the values' unit.
        end: in the values' unit, larger.

    Returns:
        3 t^2 - 2 t^3 of the fraction t of the way, in 0..1.
    """
    fraction = np.clip((values - start) / (end - start), 0, 1)
    return fraction**2 * (3 - 2 * fraction)


def _highest(edges: Float[np.ndarray, "edges 2 3"], places: np.ndarray) -> Float[np.ndarray, "places"]:
    """Return the greatest height of edges over places across."""
    a, b = edges[:, 0], edges[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        way = (places[:, None] - a[:, 0]) / (b[:, 0] - a[:, 0])
    height = a[:, 1] + way * (b[:, 1] - a[:, 1])
    return np.where((way >= 0) & (way <= 1), height, -np.inf).max(1)

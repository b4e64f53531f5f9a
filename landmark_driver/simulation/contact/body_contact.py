"""Two pieces of tissue that may press against each other but not overlap, such as the lips.

Lips are thin where they meet, and muscles would carry one right through the other. Such a state does not show
which side was which, so no state on the way may overlap. `find` looks at surfaces that are apart, where the
line between nearest points is the direction to keep them apart in. `clear_fraction` gives the clear fraction
of the way towards the next state. Both bodies' nodes meet triangles, and edges meet edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.geometry.nearest_edge import nearest_edges
from landmark_driver.geometry.nearest_triangle import nearest_triangles
from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.simulation.contact.surface_pairs import SurfacePairs, SurfacePoints, joined
from landmark_driver.simulation.energy.nodal_terms import EnergyTerm
from landmark_driver.simulation.solver.load import BonePoses

_SUBSTEP_M = 4e-4
_MOST_SUBSTEPS = 64

Pairs = tuple[SurfacePoints, SurfacePoints]


class BodyContact:
    """A contact that keeps two surfaces (triangles of nodes) apart.

    Triangles that intersect already at rest (`rest`: all nodes) are left out. Points nearer than `reach_m`
    are watched, and springs act below a distance of `margin_m`. `spring_n_m` is stiff beside a node's own 10
    to 100.
    """

    def __init__(
        self,
        rest: Float[np.ndarray, "nodes 3"],
        first: Int[np.ndarray, "first 3"],
        second: Int[np.ndarray, "second 3"],
        *,
        reach_m: float = 2e-3,
        margin_m: float = 3e-4,
        spring_n_m: float = 1000.0,
    ):
        crossing = intersecting_pairs(rest, first, rest, second)
        self.first = np.delete(first, crossing[:, 0], axis=0)
        self.second = np.delete(second, crossing[:, 1], axis=0)
        self._sides = _Surface.of(self.first), _Surface.of(self.second)
        self._reach_m, self._margin_m, self._spring_n_m = reach_m, margin_m, spring_n_m

    def intersections(self, x: Float[np.ndarray, "nodes 3"]) -> Int[np.ndarray, "pairs 2"]:
        """Return the triangles of the first surface that cut triangles of the second.

        Args:
            x: (nodes, 3) metres.

        Returns:
            (pairs, 2) rows of `first` and of `second`.
        """
        return intersecting_pairs(x, self.first, x, self.second)

    def violations(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> int:
        """Return the number of pairs of triangles that intersect.

        Args:
            x: (nodes, 3) metres.
            poses: not used; for the protocol.

        Returns:
            A count, zero where the surfaces are clear.
        """
        return len(self.intersections(x))

    def clear_fraction(self, x: Float[np.ndarray, "nodes 3"], y: Float[np.ndarray, "nodes 3"]) -> float:
        """Return the fraction of the straight way from x to y that all nodes may go.

        Args:
            x: (nodes, 3) metres, where nothing intersects.
            y: (nodes, 3) metres.

        Returns:
            0..1: the last of at most 64 equal substeps before the first that intersects, 1 where none does.
        """
        steps = self._substeps(x, y)
        for step in range(1, steps + 1):
            if len(self.intersections(x + step / steps * (y - x))):
                return (step - 1) / steps
        return 1.0

    def find(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> list[EnergyTerm]:
        """Return the springs between points within reach.

        Args:
            x: (nodes, 3) metres, where nothing intersects.
            poses: not used; for the protocol.

        Returns:
            One term for all pairs within reach at x; none where no pair is.
        """
        first, second = self._sides
        pairs = [
            _nodes_on_triangles(x, first, second),
            _swapped(_nodes_on_triangles(x, second, first)),
            _edges_on_edges(x, first, second),
            _swapped(_edges_on_edges(x, second, first)),
        ]
        front, back = joined([pair[0] for pair in pairs]), joined([pair[1] for pair in pairs])
        apart = front.place(x) - back.place(x)
        distance = np.linalg.norm(apart, axis=1)
        near = (distance < self._reach_m) & (distance > 0)
        if not near.any():
            return []
        normals = apart[near] / distance[near, None]
        return [SurfacePairs(front.only(near), back.only(near), normals, self._margin_m, self._spring_n_m)]

    def _substeps(self, x: np.ndarray, y: np.ndarray) -> int:
        """Return a number of substeps in which no surface moves much against the other."""
        farthest = 0.0
        for surface in self._sides:
            farthest += np.linalg.norm((y - x)[surface.nodes], axis=1).max(initial=0.0)
        return min(_MOST_SUBSTEPS, 1 + int(farthest / _SUBSTEP_M))


@dataclass(frozen=True)
class _Surface:
    triangles: Int[np.ndarray, "triangles 3"]
    nodes: Int[np.ndarray, "surface_nodes"]
    edges: Int[np.ndarray, "edges 2"]

    @staticmethod
    def of(triangles: Int[np.ndarray, "triangles 3"]) -> _Surface:
        return _Surface(triangles, np.unique(triangles), edges_of(triangles))


def _nodes_on_triangles(x: np.ndarray, own: _Surface, other: _Surface) -> Pairs:
    """Pair every node of one surface with the nearest point of the other."""
    which, weights = nearest_triangles(x[own.nodes], x, other.triangles)
    alone = np.tile([1.0, 0.0, 0.0], (len(own.nodes), 1))
    front = SurfacePoints(np.repeat(own.nodes[:, None], 3, axis=1), alone)
    return front, SurfacePoints(other.triangles[which], weights)


def _edges_on_edges(x: np.ndarray, own: _Surface, other: _Surface) -> Pairs:
    """Pair every edge of one surface with the nearest edge of the other, where they meet between their ends."""
    which, s, t = nearest_edges(x, own.edges, other.edges)
    between = (s > 0) & (s < 1) & (t > 0) & (t < 1)
    front = _on_edges(own.edges[between], s[between])
    return front, _on_edges(other.edges[which[between]], t[between])


def _on_edges(edges: np.ndarray, along: np.ndarray) -> SurfacePoints:
    weights = np.stack([1 - along, along, np.zeros_like(along)], axis=1)
    return SurfacePoints(edges[:, [0, 1, 1]], weights)


def _swapped(pairs: Pairs) -> Pairs:
    return pairs[1], pairs[0]

"""Two pieces of tissue that may press against each other but not overlap, such as the lips.

Nodes: a surface node inside the other body is found by the tetrahedron around it. Where it came in is told by
that body's *rest* shape: the material point it sits on has a nearest surface triangle at rest, however deep
the node is by now (McAdams et al. 2011). Edges: triangles that cut each other although no node is inside are
pushed apart at the point where they cross. Both stay once found, so that contact does not flicker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from landmark_driver.simulation.containing_tet import containing_tets
from landmark_driver.simulation.load import BonePoses
from landmark_driver.simulation.nearest_triangle import nearest_triangles, vertex_normals
from landmark_driver.simulation.nodal_terms import EnergyTerm
from landmark_driver.simulation.surface_pairs import SurfacePairs, SurfacePoints, joined
from landmark_driver.simulation.triangle_intersections import crossing_points, intersecting_pairs

_SLID_APART_M = 2e-3


@dataclass(frozen=True)
class ContactBody:
    """A surface (triangles of nodes, facing out of the tissue) and the tetrahedra behind it."""

    triangles: Int[np.ndarray, "triangles 3"]
    tets: Int[np.ndarray, "tets 4"]


@dataclass
class BodyMemory:
    """Nodes that have been inside the other body, and pairs of points at which triangles have crossed."""

    touched: Bool[np.ndarray, "nodes"]
    crossed: list[tuple[SurfacePoints, SurfacePoints]] = field(default_factory=list)


class BodyContact:
    """What keeps two bodies apart. Triangles that intersect already at rest (`rest`: all nodes) are left out.

    `margin_m` is the distance that the springs ask for, `spring_n_m` is stiff beside a node's 10 to 100.
    """

    def __init__(
        self,
        rest: Float[np.ndarray, "nodes 3"],
        first: ContactBody,
        second: ContactBody,
        margin_m: float = 3e-4,
        spring_n_m: float = 1000.0,
    ):
        self._rest = rest
        self._first, self._second = _apart_at_rest(rest, first, second)
        self._margin_m, self._spring_n_m = margin_m, spring_n_m

    @property
    def bodies(self) -> tuple[ContactBody, ContactBody]:
        return self._first, self._second

    def new_memory(self) -> BodyMemory:
        return BodyMemory(np.zeros(len(self._rest), dtype=bool))

    def intersections(self, x: Float[np.ndarray, "nodes 3"]) -> Int[np.ndarray, "pairs 2"]:
        """Triangles of the first body that cut triangles of the second."""
        return intersecting_pairs(x, self._first.triangles, self._second.triangles)

    def violations(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> int:
        """How many pairs of triangles intersect."""
        return len(self.intersections(x))

    def find(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses, memory: BodyMemory) -> list[EnergyTerm]:
        """One term for all nodes and crossings of this look and of earlier ones."""
        self._remember_crossings(x, memory)
        first_in_second = self._node_pairs(x, self._first, self._second, memory)
        second_in_first = self._node_pairs(x, self._second, self._first, memory)
        pairs = [first_in_second, second_in_first, *memory.crossed]
        front, back = joined([pair[0] for pair in pairs]), joined([pair[1] for pair in pairs])
        if len(front.weights) == 0:
            return []
        return [SurfacePairs(front, back, self._normals(x, front, back), self._margin_m, self._spring_n_m)]

    def _normals(self, x: np.ndarray, front: SurfacePoints, back: SurfacePoints) -> np.ndarray:
        """Out of the back's tissue and into the front's."""
        normals = vertex_normals(x, np.concatenate([self._first.triangles, self._second.triangles]))
        across = back.place(normals) - front.place(normals)
        return across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300)

    def _node_pairs(
        self, x: np.ndarray, own: ContactBody, other: ContactBody, memory: BodyMemory
    ) -> tuple[SurfacePoints, SurfacePoints]:
        nodes = np.unique(own.triangles)
        tet, weights = containing_tets(x[nodes], x, other.tets)
        inside = tet >= 0
        near = ~inside & memory.touched[nodes]
        memory.touched[nodes[inside]] = True
        material = np.einsum("pk,pkc->pc", weights[inside], self._rest[other.tets[tet[inside]]])
        by_rest = nearest_triangles(material, self._rest, other.triangles)
        by_place = nearest_triangles(x[nodes[near]], x, other.triangles)
        which, foot = (np.concatenate(parts) for parts in zip(by_rest, by_place, strict=True))
        touching = np.concatenate([nodes[inside], nodes[near]])
        alone = np.tile([1.0, 0.0, 0.0], (len(touching), 1))
        points = SurfacePoints(np.repeat(touching[:, None], 3, axis=1), alone)
        return points, SurfacePoints(other.triangles[which], foot)

    def _remember_crossings(self, x: np.ndarray, memory: BodyMemory) -> None:
        """Forgets crossings that have slid apart and adds the present ones."""
        memory.crossed = [_still_close(x, *pair) for pair in memory.crossed]
        pairs = self.intersections(x)
        if len(pairs):
            first, second = self._first.triangles[pairs[:, 0]], self._second.triangles[pairs[:, 1]]
            points = crossing_points(x, first, second)
            memory.crossed.append((_weighted(points, x, first), _weighted(points, x, second)))


def _apart_at_rest(
    rest: np.ndarray, first: ContactBody, second: ContactBody
) -> tuple[ContactBody, ContactBody]:
    pairs = intersecting_pairs(rest, first.triangles, second.triangles)
    kept = (np.delete(body.triangles, pairs[:, k], axis=0) for k, body in enumerate((first, second)))
    return ContactBody(next(kept), first.tets), ContactBody(next(kept), second.tets)


def _still_close(
    x: np.ndarray, front: SurfacePoints, back: SurfacePoints
) -> tuple[SurfacePoints, SurfacePoints]:
    close = np.linalg.norm(front.place(x) - back.place(x), axis=1) < _SLID_APART_M
    kept = (SurfacePoints(points.triangles[close], points.weights[close]) for points in (front, back))
    return next(kept), next(kept)


def _weighted(points: np.ndarray, x: np.ndarray, triangles: np.ndarray) -> SurfacePoints:
    """Each point as weights in its own triangle."""
    weights = [
        nearest_triangles(point[None], x, triangle[None])[1]
        for point, triangle in zip(points, triangles, strict=True)
    ]
    return SurfacePoints(triangles, np.concatenate(weights))

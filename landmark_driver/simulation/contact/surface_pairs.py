"""Energy that keeps points of one surface in front of points of another; both may move: momentum is kept.

    E = 1/2 k sum over pairs of min(0, n . (sum_i u_i x_i - sum_j v_j x_j) - margin)^2

with the normal n and the barycentric weights u and v of the two points in their triangles held during a
solve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numba import njit


@dataclass(frozen=True)
class SurfacePoints:
    """Points in triangles: three nodes and three barycentric weights each.

    A node is a point with barycentric weights 1, 0, 0.
    """

    triangles: Int[np.ndarray, "points 3"]
    weights: Float[np.ndarray, "points 3"]

    def place(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "points 3"]:
        """Return the points' positions.

        Args:
            x: (nodes, 3) metres.

        Returns:
            (points, 3) metres, in the frame of x.
        """
        return np.einsum("pk,pkc->pc", self.weights, x[self.triangles])

    def only(self, chosen: Bool[np.ndarray, "points"]) -> SurfacePoints:
        """Return some of the points.

        Args:
            chosen: (points,) mask.

        Returns:
            The chosen points, in their order.
        """
        return SurfacePoints(self.triangles[chosen], self.weights[chosen])

    def nodal_sum(self, values: Float[np.ndarray, "points"], count: int) -> Float[np.ndarray, "nodes"]:
        """Return each point's value times the square of its barycentric weights, summed at the nodes.

        Args:
            values: (points,) of any unit.
            count: the number of nodes.

        Returns:
            (nodes,) in the unit of the values.
        """
        fractions = (values[:, None] * self.weights**2).ravel()
        return np.bincount(self.triangles.ravel(), fractions, minlength=count)


def joined(parts: list[SurfacePoints]) -> SurfacePoints:
    """Return all points, one part after the other.

    Args:
        parts: at least one.

    Returns:
        The points of all parts.
    """
    triangles = np.concatenate([part.triangles for part in parts])
    return SurfacePoints(triangles, np.concatenate([part.weights for part in parts]))


@dataclass(frozen=True)
class SurfacePairs:
    """Pairs of points, and the unit normal along which the first stays in front of the second."""

    front: SurfacePoints
    back: SurfacePoints
    normals: Float[np.ndarray, "pairs 3"]
    margin_m: float
    spring_n_m: float

    def add(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Add the pairs' gradient and return their energy.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, changed in place.

        Returns:
            Joules, from pairs nearer than the margin.
        """
        first, second = self.front, self.back
        points = first.triangles, first.weights, second.triangles, second.weights
        return _add_pairs(x, *points, self.normals, self.margin_m, self.spring_n_m, gradient)

    def add_hessian_product(self, x: np.ndarray, dx: np.ndarray, change: np.ndarray) -> None:
        """Add the change of the pairs' gradient along dx.

        Args:
            x: (nodes, 3) metres.
            dx: (nodes, 3) metres.
            change: (nodes, 3) N, changed in place.
        """
        active = self.gaps(x) < self.margin_m
        push = (active * self.spring_n_m * self.gaps(dx))[:, None] * self.normals
        for points, sign in ((self.front, 1.0), (self.back, -1.0)):
            np.add.at(change, points.triangles, sign * points.weights[..., None] * push[:, None])

    def stiffness(self, count: int) -> Float[np.ndarray, "nodes"]:
        """Return half of the springs: between their stiffness along the normal and none across it.

        Args:
            count: the number of nodes.

        Returns:
            (nodes,) N/m, for the diagonal of the preconditioner.
        """
        half = np.full(len(self.normals), self.spring_n_m / 2)
        return self.front.nodal_sum(half, count) + self.back.nodal_sum(half, count)

    def gaps(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "pairs"]:
        """Return the distance by which each first point lies in front of the second.

        Args:
            x: (nodes, 3) metres.

        Returns:
            (pairs,) metres along the normals, negative behind.
        """
        return np.sum(self.normals * (self.front.place(x) - self.back.place(x)), axis=1)


@njit(cache=True)
def _add_pairs(x, front, front_weights, back, back_weights, normals, margin, spring, gradient):
    energy = 0.0
    for p in range(len(normals)):
        gap = -margin
        for axis in range(3):
            for k in range(3):
                ahead = front_weights[p, k] * x[front[p, k], axis] - back_weights[p, k] * x[back[p, k], axis]
                gap += normals[p, axis] * ahead
        if gap >= 0.0:
            continue
        energy += 0.5 * spring * gap * gap
        for axis in range(3):
            push = spring * gap * normals[p, axis]
            for k in range(3):
                gradient[front[p, k], axis] += front_weights[p, k] * push
                gradient[back[p, k], axis] -= back_weights[p, k] * push
    return energy

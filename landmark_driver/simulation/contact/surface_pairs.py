"""Energy that keeps points of one surface in front of points of another; both may move: momentum is kept.

    E = 1/2 k sum over pairs of min(0, n . (sum_i u_i x_i - sum_j v_j x_j) - margin)^2

with the normal n and the weights u and v of the two points in their triangles held while a solve runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numba import njit


@dataclass(frozen=True)
class SurfacePoints:
    """Points in triangles: three nodes and three weights each. A node is a point with weights 1, 0, 0."""

    triangles: Int[np.ndarray, "points 3"]
    weights: Float[np.ndarray, "points 3"]

    def place(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "points 3"]:
        return np.einsum("pk,pkc->pc", self.weights, x[self.triangles])

    def only(self, chosen: Bool[np.ndarray, "points"]) -> SurfacePoints:
        return SurfacePoints(self.triangles[chosen], self.weights[chosen])

    def nodal_sum(self, values: Float[np.ndarray, "points"], count: int) -> Float[np.ndarray, "nodes"]:
        """Each point's value times the square of its weights, summed at the nodes."""
        fractions = (values[:, None] * self.weights**2).ravel()
        return np.bincount(self.triangles.ravel(), fractions, minlength=count)


def joined(parts: list[SurfacePoints]) -> SurfacePoints:
    """All points, one part after the other."""
    triangles = np.concatenate([part.triangles for part in parts])
    return SurfacePoints(triangles, np.concatenate([part.weights for part in parts]))


@dataclass(frozen=True)
class SurfacePairs:
    """Pairs of points, and the unit normal along which the first shall stay in front of the second."""

    front: SurfacePoints
    back: SurfacePoints
    normals: Float[np.ndarray, "pairs 3"]
    margin_m: float
    spring_n_m: float

    def add(self, x: np.ndarray, gradient: np.ndarray) -> float:
        first, second = self.front, self.back
        points = first.triangles, first.weights, second.triangles, second.weights
        return _add_pairs(x, *points, self.normals, self.margin_m, self.spring_n_m, gradient)

    def add_hessian_product(self, x: np.ndarray, dx: np.ndarray, change: np.ndarray) -> None:
        active = self.gaps(x) < self.margin_m
        push = (active * self.spring_n_m * self.gaps(dx))[:, None] * self.normals
        for points, sign in ((self.front, 1.0), (self.back, -1.0)):
            np.add.at(change, points.triangles, sign * points.weights[..., None] * push[:, None])

    def stiffness(self, count: int) -> Float[np.ndarray, "nodes"]:
        """Half of the springs: between their stiffness along the normal and none across it."""
        half = np.full(len(self.normals), self.spring_n_m / 2)
        return self.front.nodal_sum(half, count) + self.back.nodal_sum(half, count)

    def gaps(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "pairs"]:
        """How far (m) each first point lies in front of the second."""
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

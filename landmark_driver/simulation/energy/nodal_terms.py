"""Energies that act on nodes one by one: constant force, inertia, springs and sliding planes.

Each adds its gradient (N) and returns its energy (J). `stiffness` is its part of the preconditioner's
diagonal (N/m), and `add_hessian_product` adds the change of its gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int
from numba import njit


class EnergyTerm(Protocol):
    """An energy of the nodes, beside the elastic one."""

    def add(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Add the term's gradient and return its energy.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, changed in place.

        Returns:
            Joules.
        """
        ...

    def add_hessian_product(self, x: np.ndarray, dx: np.ndarray, change: np.ndarray) -> None:
        """Add the change of the term's gradient along dx.

        Args:
            x: (nodes, 3) metres.
            dx: (nodes, 3) metres.
            change: (nodes, 3) N, changed in place.
        """
        ...

    def stiffness(self, count: int) -> Float[np.ndarray, "nodes"]:
        """Return the term's part of the preconditioner's diagonal.

        Args:
            count: the number of nodes.

        Returns:
            (nodes,) N/m.
        """
        ...


@dataclass(frozen=True)
class ConstantForce:
    """E = - sum f . x, such as gravity with f = m g."""

    force: Float[np.ndarray, "nodes 3"]
    """N, in the frame of the nodes."""

    def add(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Add the negative force to the gradient and return the energy.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, changed in place.

        Returns:
            Joules, zero with all nodes at the origin.
        """
        return _add_constant_force(x, self.force, gradient)

    def add_hessian_product(self, x: np.ndarray, dx: np.ndarray, change: np.ndarray) -> None:
        """Add nothing: the force is constant.

        Args:
            x: (nodes, 3) metres.
            dx: (nodes, 3) metres.
            change: (nodes, 3) N, left as it is.
        """

    def stiffness(self, count: int) -> Float[np.ndarray, "nodes"]:
        """Return zeros: a constant force has no stiffness.

        Args:
            count: the number of nodes.

        Returns:
            (nodes,) N/m.
        """
        return np.zeros(count)


@dataclass(frozen=True)
class NodeSprings:
    """E = 1/2 sum k ||x - anchor||^2, one stiffness a node.

    Inertia is this with k = m / h^2 and anchor 2 x_n - x_(n-1). Viscous damping has k = c m / h and anchor
    x_n. A target for the skin has any k that is large beside the tissue's.
    """

    anchors: Float[np.ndarray, "nodes 3"]
    """Metres, in the frame of the nodes."""
    spring_n_m: Float[np.ndarray, "nodes"]

    def add(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Add the springs' gradient and return their energy.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, changed in place.

        Returns:
            Joules.
        """
        return _add_springs(x, self.anchors, self.spring_n_m, gradient)

    def add_hessian_product(self, x: np.ndarray, dx: np.ndarray, change: np.ndarray) -> None:
        """Add k dx, the change of the springs' gradient.

        Args:
            x: (nodes, 3) metres; not used.
            dx: (nodes, 3) metres.
            change: (nodes, 3) N, changed in place.
        """
        change += self.spring_n_m[:, None] * dx

    def stiffness(self, count: int) -> Float[np.ndarray, "nodes"]:
        """Return the springs themselves.

        Args:
            count: the number of nodes; not used.

        Returns:
            (nodes,) N/m.
        """
        return self.spring_n_m


@dataclass(frozen=True)
class SlidingPlanes:
    """E = 1/2 sum k (n . (x - p))^2 over some nodes: held on a bone's surface, free along it.

    Points are in metres, normals have unit length. With `one_sided` a node may leave the surface on the side
    that n points to.
    """

    nodes: Int[np.ndarray, "sliding"]
    points: Float[np.ndarray, "sliding 3"]
    normals: Float[np.ndarray, "sliding 3"]
    spring_n_m: Float[np.ndarray, "sliding"]
    one_sided: bool = False

    def add(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Add the planes' gradient and return their energy.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, changed in place.

        Returns:
            Joules.
        """
        return _add_planes(
            x, self.nodes, self.points, self.normals, self.spring_n_m, self.one_sided, gradient
        )

    def add_hessian_product(self, x: np.ndarray, dx: np.ndarray, change: np.ndarray) -> None:
        """Add the change of the planes' gradient along dx.

        Args:
            x: (nodes, 3) metres; decides which one-sided planes act.
            dx: (nodes, 3) metres.
            change: (nodes, 3) N, changed in place.
        """
        height = np.sum(self.normals * (x[self.nodes] - self.points), axis=1)
        active = (height < 0) if self.one_sided else np.ones(len(height), dtype=bool)
        push = active * self.spring_n_m * np.sum(self.normals * dx[self.nodes], axis=1)
        np.add.at(change, self.nodes, push[:, None] * self.normals)

    def stiffness(self, count: int) -> Float[np.ndarray, "nodes"]:
        """Return a third of the springs: the mean over directions, of which the preconditioner has none.

        Args:
            count: the number of nodes.

        Returns:
            (nodes,) N/m.
        """
        return np.bincount(self.nodes, self.spring_n_m / 3, minlength=count).astype(float)


@njit(cache=True)
def _add_constant_force(x, force, gradient):
    energy = 0.0
    for i in range(len(x)):
        for axis in range(3):
            energy -= force[i, axis] * x[i, axis]
            gradient[i, axis] -= force[i, axis]
    return energy


@njit(cache=True)
def _add_springs(x, anchors, spring, gradient):
    energy = 0.0
    for i in range(len(x)):
        for axis in range(3):
            pull = spring[i] * (x[i, axis] - anchors[i, axis])
            energy += 0.5 * pull * (x[i, axis] - anchors[i, axis])
            gradient[i, axis] += pull
    return energy


@njit(cache=True)
def _add_planes(x, nodes, points, normals, spring, one_sided, gradient):
    energy = 0.0
    for k in range(len(nodes)):
        i = nodes[k]
        height = 0.0
        for axis in range(3):
            height += normals[k, axis] * (x[i, axis] - points[k, axis])
        if one_sided and height > 0.0:
            continue
        energy += 0.5 * spring[k] * height * height
        for axis in range(3):
            gradient[i, axis] += spring[k] * height * normals[k, axis]
    return energy

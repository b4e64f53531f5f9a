"""Foldover-free positions: a mesh of tetrahedra close to its reference shapes, none of them inverted.

Minimises sum_t V_t [ tr(F^T F) / chi(J)^(2/3) + w (J^2 + 1) / chi(J) ] + sum_i k_i |x_i - g_i|^2 over
all nodes, F the deformation of tetrahedron t from its reference shape, J its determinant and
chi(J) = (J + sqrt(J^2 + e^2)) / 2, which stays positive for inverted elements; e shrinks as they
right themselves. Energy after Garanzha et al., Foldover-free maps in 50 lines of code (2021); the
preconditioned L-BFGS around it is ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from cholespy import CholeskySolverD, MatrixType  # pyright: ignore[reportAttributeAccessIssue]  # pyright: ignore[reportAttributeAccessIssue]
from jaxtyping import Float, Int
from numba import njit


@dataclass(frozen=True)
class ReferenceShapes:
    """The wanted shapes of the tetrahedra: inverse edge matrices and volumes (in the unit of the nodes)."""

    tets: Int[np.ndarray, "tets 4"]
    inverse_edges: Float[np.ndarray, "tets 3 3"]
    volumes: Float[np.ndarray, "tets"]

    @classmethod
    def of(cls, tets: Int[np.ndarray, "tets 4"], corners: Float[np.ndarray, "tets 4 3"]) -> ReferenceShapes:
        """Return the reference shapes of tetrahedra with these corners.

        Args:
            tets: (T, 4) node indices.
            corners: (T, 4, 3) in the unit of the nodes, none inverted.

        Returns:
            The reference shapes.
        """
        edges = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
        volumes = np.linalg.det(edges) / 6
        assert volumes.min() > 0, "reference shapes are not inverted"
        return cls(tets, np.linalg.inv(edges), volumes)


_LASTS, _TOO_LONG = 20, 20
"""The preconditioner is made anew after this many iterations, or this many halved steps."""


def untangle(
    start: Float[np.ndarray, "nodes 3"],
    shapes: ReferenceShapes,
    goals: Float[np.ndarray, "nodes 3"],
    hold: Float[np.ndarray, "nodes"],
    iterations: int = 100,
    volume_weight: float = 1.0,
) -> Float[np.ndarray, "nodes 3"]:
    """Return nodes near a minimum of the energy in this module's docstring.

    Args:
        start: (N, 3) in any one unit; tetrahedra may be inverted.
        shapes: the reference shapes, in the same unit.
        goals: (N, 3) in the same unit, g of the energy.
        hold: (N,) k of the energy, 0 for a node without a goal.
        iterations: the most iterations.
        volume_weight: w of the energy.

    Returns:
        (N, 3) in the same unit.

    Ends early when the largest step of five iterations in a row is below a thousandth of a unit.
    """

    def evaluate(at: np.ndarray, softness: float) -> tuple[float, np.ndarray, float]:
        return _energy(at, shapes, goals, hold, softness, volume_weight)

    nodes = start.copy()
    smallest = evaluate(nodes, 1.0)[2]
    softness = _softness(smallest)
    energy, gradient, _ = evaluate(nodes, softness)
    memory: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=8)
    solve, quiet, age, halvings = None, 0, 0, 0
    for _ in range(iterations):
        if _softness(smallest) < 0.7 * softness:
            softness = _softness(smallest)
            memory.clear()
            energy, gradient, _ = evaluate(nodes, softness)
            solve = None
        if solve is None or age >= _LASTS or halvings >= _TOO_LONG:
            solve, age, halvings = _preconditioner(shapes, nodes, softness, volume_weight, hold), 0, 0
            memory.clear()
        age += 1
        direction = -_two_loops(gradient, memory, solve)
        slope, step = float((gradient * direction).sum()), 1.0
        while step > 1e-8:
            candidate = nodes + step * direction
            new_energy, new_gradient, new_smallest = evaluate(candidate, softness)
            stays_valid = smallest <= 0 or new_smallest > 0
            if stays_valid and new_energy <= energy + 1e-4 * step * slope:
                break
            step *= 0.5
            halvings += 1
        else:
            if not memory:
                break
            memory.clear()
            continue
        move, change = step * direction, new_gradient - gradient
        curvature = float((move * change).sum())
        if curvature > 1e-12:
            memory.append((move, change, 1 / curvature))
        nodes, energy, gradient, smallest = candidate, new_energy, new_gradient, new_smallest
        quiet = quiet + 1 if np.abs(move).max() < 1e-3 else 0
        if quiet >= 5:
            break
    return nodes


def _softness(smallest: float) -> float:
    """Return the e of chi: small once nothing is inverted, growing with the worst determinant before."""
    return float(np.sqrt(1e-8 + 0.04 * min(0.0, smallest) ** 2))


def _two_loops(gradient: np.ndarray, memory: deque, solve: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Apply the L-BFGS estimate of the inverse Hessian to the gradient, `solve` as its seed."""
    q, fractions = gradient.copy(), []
    for move, change, inverse in reversed(memory):
        fraction = inverse * float((move * q).sum())
        fractions.append(fraction)
        q -= fraction * change
    r = solve(q)
    for (move, change, inverse), fraction in zip(memory, reversed(fractions), strict=True):
        r += (fraction - inverse * float((change * r).sum())) * move
    return r


def _preconditioner(
    shapes: ReferenceShapes, nodes: np.ndarray, softness: float, weight: float, hold: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a solver with a Laplacian as stiff as each element is now, plus the held nodes' weights."""
    stiffness = shapes.volumes * _stiffness(nodes, shapes.tets, shapes.inverse_edges, softness, weight)
    inner = shapes.inverse_edges
    gradients = np.concatenate([-inner.sum(1, keepdims=True), inner], 1)
    blocks = stiffness[:, None, None] * gradients @ np.swapaxes(gradients, 1, 2)
    rows = np.repeat(shapes.tets, 4, 1).ravel()
    columns = np.tile(shapes.tets, (1, 4)).ravel()
    count = len(hold)
    laplacian = sparse.coo_matrix((blocks.ravel(), (rows, columns)), shape=(count, count))
    system = (laplacian + sparse.diags(2 * hold + 1e-6)).tocoo()
    factor = CholeskySolverD(count, system.row, system.col, system.data, MatrixType.COO)

    def solve(right: np.ndarray) -> np.ndarray:
        solution = np.zeros_like(right)
        factor.solve(right, solution)
        return solution

    return solve


def _energy(
    nodes: np.ndarray,
    shapes: ReferenceShapes,
    goals: np.ndarray,
    hold: np.ndarray,
    softness: float,
    weight: float,
) -> tuple[float, np.ndarray, float]:
    """Return the energy, its gradient and the smallest determinant."""
    away = nodes - goals
    gradient = 2 * hold[:, None] * away
    held = 0.5 * float((gradient * away).sum())
    elements, smallest = _add_elements(
        nodes, shapes.tets, shapes.inverse_edges, shapes.volumes, softness, weight, gradient
    )
    return held + elements, gradient, smallest


@njit(cache=True, fastmath=True)
def _deform(
    nodes: np.ndarray, tet: np.ndarray, inverse: np.ndarray, F: np.ndarray, cofactor: np.ndarray
) -> float:
    """Fill F and its cofactor matrix (dJ/dF), and return J = det F."""
    for r in range(3):
        x = nodes[tet[1], r] - nodes[tet[0], r]
        y = nodes[tet[2], r] - nodes[tet[0], r]
        z = nodes[tet[3], r] - nodes[tet[0], r]
        for c in range(3):
            F[r, c] = x * inverse[0, c] + y * inverse[1, c] + z * inverse[2, c]
    for r in range(3):
        i, j = (r + 1) % 3, (r + 2) % 3
        cofactor[r, 0] = F[i, 1] * F[j, 2] - F[i, 2] * F[j, 1]
        cofactor[r, 1] = F[i, 2] * F[j, 0] - F[i, 0] * F[j, 2]
        cofactor[r, 2] = F[i, 0] * F[j, 1] - F[i, 1] * F[j, 0]
    return F[0, 0] * cofactor[0, 0] + F[0, 1] * cofactor[0, 1] + F[0, 2] * cofactor[0, 2]


@njit(cache=True, fastmath=True)
def _stiffness(
    nodes: np.ndarray, tets: np.ndarray, inverse_edges: np.ndarray, softness: float, weight: float
) -> np.ndarray:
    """Return about the largest second derivative of each element's energy density along a change of F."""
    F, cofactor = np.empty((3, 3)), np.empty((3, 3))
    result = np.empty(tets.shape[0])
    for t in range(tets.shape[0]):
        J = _deform(nodes, tets[t], inverse_edges[t], F, cofactor)
        root = np.sqrt(J * J + softness * softness)
        chi = 0.5 * (J + root) if J > 0 else 0.5 * softness * softness / (root - J)
        area = 0.0
        for r in range(3):
            for c in range(3):
                area += cofactor[r, c] * cofactor[r, c]
        result[t] = 2.0 / np.cbrt(chi) ** 2 + 2.0 * weight * area / 3.0 / chi / max(root, chi) ** 2
    return result


@njit(cache=True, fastmath=True)
def _add_elements(
    nodes: np.ndarray,
    tets: np.ndarray,
    inverse_edges: np.ndarray,
    volumes: np.ndarray,
    softness: float,
    weight: float,
    gradient: np.ndarray,
) -> tuple[float, float]:
    """Add every tetrahedron's gradient to `gradient`, and return their energy and the smallest J."""
    F, cofactor = np.empty((3, 3)), np.empty((3, 3))
    total, smallest = 0.0, 1e30
    for t in range(tets.shape[0]):
        J = _deform(nodes, tets[t], inverse_edges[t], F, cofactor)
        smallest = min(smallest, J)
        root = np.sqrt(J * J + softness * softness)
        chi = 0.5 * (J + root) if J > 0 else 0.5 * softness * softness / (root - J)
        stretch = 0.0
        for r in range(3):
            for c in range(3):
                stretch += F[r, c] * F[r, c]
        third = 1.0 / np.cbrt(chi) ** 2
        total += volumes[t] * (stretch * third + weight * (J * J + 1) / chi)
        slope = -2.0 / 3.0 * stretch * third / root + weight * (2 * J / chi - (J * J + 1) / (chi * root))
        for r in range(3):
            last = 0.0
            px = volumes[t] * (2 * third * F[r, 0] + slope * cofactor[r, 0])
            py = volumes[t] * (2 * third * F[r, 1] + slope * cofactor[r, 1])
            pz = volumes[t] * (2 * third * F[r, 2] + slope * cofactor[r, 2])
            for k in range(3):
                g = px * inverse_edges[t, k, 0] + py * inverse_edges[t, k, 1] + pz * inverse_edges[t, k, 2]
                gradient[tets[t, k + 1], r] += g
                last -= g
            gradient[tets[t, 0], r] += last
    return total, smallest

"""Exact derivatives of settled nodes by implicit differentiation, where a difference of two solves is the solver's tolerance.

Nodes x settled under parameters p are where the gradient of the energy is zero, g(x, p) = 0. Differentiated along p,

    H dx/dp = -dg/dp,    H = the Hessian of the energy at x

(Griewank and Walther, Evaluating Derivatives, 2008, chapter 15). dg/dp is the difference of two gradients at the same x, whose
error is that of arithmetic. The system is solved by conjugate gradients, with the simulator's own factor before them.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.simulation_error import NotConvergedError
from landmark_driver.simulation.energy.vector_kernel import add_scaled, dot
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor
from landmark_driver.simulation.solver.simulator import Simulator

_TOLERANCE = 1e-6
"""Relative to the right side, in the norm of the factor's inverse."""
_MOST_PRODUCTS = 600


def settled_derivative(
    simulator: Simulator,
    load: Load,
    nodes: Float[np.ndarray, "nodes 3"],
    up: tuple[Simulator, Load],
    down: tuple[Simulator, Load],
    width: float,
) -> Float[np.ndarray, "nodes 3"]:
    """Return the derivative of settled nodes along a parameter of the tissue or of the load, without contact.

    Args:
        simulator: of the tissue in which the nodes have settled.
        load: muscles, bones and gravity under which they have.
        nodes: (nodes, 3) metres, settled closely: what is left of the gradient does not count.
        up: tissue and load where the parameter is higher, bones in the same pose.
        down: tissue and load where it is lower by `width`.
        width: in the parameter's unit.

    Returns:
        (nodes, 3) metres for one unit of the parameter, head frame; zero at fixed nodes.

    Raises:
        NotConvergedError: where the settled state is no minimum, or conjugate gradients do not end.
    """
    force = (_gradient(*down, nodes) - _gradient(*up, nodes)) / width
    return settled_response(simulator, load, nodes, force)


def settled_response(
    simulator: Simulator,
    load: Load,
    nodes: Float[np.ndarray, "nodes 3"],
    force: Float[np.ndarray, "nodes 3"],
) -> Float[np.ndarray, "nodes 3"]:
    """Return the displacement of settled nodes under a small additional force, without contact.

    Args:
        simulator: of the tissue in which the nodes have settled.
        load: muscles, bones and gravity under which they have.
        nodes: (nodes, 3) metres, settled closely.
        force: (nodes, 3) N; at fixed nodes it has no effect.

    Returns:
        (nodes, 3) metres, to first order; zero at fixed nodes.

    Raises:
        NotConvergedError: where the settled state is no minimum, or conjugate gradients do not end.
    """
    force = force.copy()
    force[simulator.fixed] = 0.0
    with simulator.elastic.kept_barrier():
        simulator.set_inversion_barrier(load)
        potential = simulator.loaded(load)
        return _solved(lambda dx: potential.hessian_product(nodes, dx), simulator.factor, force)


def _gradient(simulator: Simulator, load: Load, nodes: np.ndarray) -> Float[np.ndarray, "nodes 3"]:
    gradient = np.zeros_like(nodes)
    with simulator.elastic.kept_barrier():
        simulator.set_inversion_barrier(load)
        simulator.loaded(load).evaluate(nodes, gradient)
    return gradient


def _solved(product, factor: ProjectiveFactor, force: np.ndarray) -> Float[np.ndarray, "nodes 3"]:
    """Return x of H x = force by preconditioned conjugate gradients (Hestenes and Stiefel 1952)."""
    x, r = np.zeros_like(force), force.copy()
    z = factor.solve(r)
    p, rz = z.copy(), dot(r, z)
    first = rz
    for number in range(_MOST_PRODUCTS):
        if rz <= _TOLERANCE**2 * first:
            return x
        Hp = product(p)
        curvature = dot(p, Hp)
        if curvature <= 0.0:
            raise NotConvergedError(1e3 * float(np.abs(z).max()), number, x)
        add_scaled(x, rz / curvature, p)
        add_scaled(r, -rz / curvature, Hp)
        z = factor.solve(r)
        rz, old = dot(r, z), rz
        p *= rz / old
        p += z
    raise NotConvergedError(1e3 * float(np.abs(z).max()), _MOST_PRODUCTS, x)

"""L-BFGS, preconditioned by the factor of projective dynamics (Liu, Bouaziz and Kavan 2017).

The factor replaces the scaled identity of the two-loop recursion. The first step is one of projective
dynamics, and the later ones add the part that the constant matrix lacks, which is volume.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.energy.vector_kernel import add_scaled, dot, moved
from landmark_driver.simulation.solver.minimum import Descent, Minimum, Observer, SolverSettings
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor

_CURVATURE = 1e-10


def minimise_lbfgs(
    potential: Potential,
    factor: ProjectiveFactor,
    start: Float[np.ndarray, "nodes 3"],
    settings: SolverSettings,
    observe: Observer | None = None,
) -> Minimum:
    """Return the minimum reached from `start`; the energy never rises.

    A direction that does not descend, or along which no step lowers the energy, clears the memory once. If
    the plain preconditioned gradient fails too, the descent has stalled.

    Args:
        potential: the energy over the free nodes.
        factor: the preconditioner.
        start: (nodes, 3) metres; fixed nodes stay there.
        settings: tolerance, iterations and memory.
        observe: called after every step; True ends the descent.

    Returns:
        The last state, converged or not; nothing is raised.
    """
    descent = Descent(potential, start, settings, observe)
    memory = _Memory(settings.memory, descent.x.shape)
    while not descent.done:
        if descent.step(memory.direction(descent.gradient, factor)) == 0.0:
            if memory.count == 0:
                return descent.finish(stalled=True)
            memory.clear()
            continue
        memory.remember(descent)
    return descent.finish()


class _Memory:
    """The last steps s and gradient changes y, the newest overwriting the oldest."""

    def __init__(self, size: int, shape: tuple[int, ...]):
        self._s, self._y = np.empty((size, *shape)), np.empty((size, *shape))
        self._inverse_sy = np.empty(size)
        self._alpha = np.empty(size)
        self.count, self._next = 0, 0

    def clear(self) -> None:
        self.count = 0

    def remember(self, descent: Descent) -> None:
        """Keep the last step, unless the energy is not convex along it."""
        s, y = self._s[self._next], self._y[self._next]
        moved(descent.x, -1.0, descent.old_x, s)
        moved(descent.gradient, -1.0, descent.old_gradient, y)
        sy = dot(s, y)
        if sy <= _CURVATURE * np.sqrt(dot(s, s) * dot(y, y)):
            return
        self._inverse_sy[self._next] = 1 / sy
        self._next = (self._next + 1) % len(self._s)
        self.count = min(self.count + 1, len(self._s))

    def direction(self, gradient: np.ndarray, factor: ProjectiveFactor) -> np.ndarray:
        """Return minus the approximate inverse Hessian times the gradient, by the two-loop recursion."""
        newest_first = [(self._next - 1 - k) % len(self._s) for k in range(self.count)]
        q = gradient.copy()
        for k in newest_first:
            self._alpha[k] = self._inverse_sy[k] * dot(self._s[k], q)
            add_scaled(q, -self._alpha[k], self._y[k])
        d = factor.solve(q)
        for k in reversed(newest_first):
            beta = self._inverse_sy[k] * dot(self._y[k], d)
            add_scaled(d, self._alpha[k] - beta, self._s[k])
        return -d

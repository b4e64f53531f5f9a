"""The settings and results of every minimiser, and the line search they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.energy.vector_kernel import dot, longest, moved

_ARMIJO = 1e-4
_MOST_HALVINGS = 30

Observer = Callable[["Descent"], bool | None]
"""A function that looks at a descent after every step; True ends it there as if converged."""


@dataclass(frozen=True)
class SolverSettings:
    """The end of a solve: two proposed steps in a row in which no node moves further than `tolerance_mm`.

    One is not enough: at nu 0.47 one below 0.01 mm left errors of up to 0.07 mm. The step that is *proposed*
    counts: one that the line search shortened may be short because of a single tetrahedron.
    """

    tolerance_mm: float = 0.004
    max_iterations: int = 400
    memory: int = 6
    """Steps that L-BFGS keeps."""
    longest_step_mm: float = 10.0


@dataclass(frozen=True)
class Minimum:
    """The state in which a minimiser stopped: nodes in metres, gradient in N.

    `energies` (J) begins with the start's and never rises. `step_mm` is the longest node step that was last
    proposed.
    """

    nodes: Float[np.ndarray, "nodes 3"]
    gradient: Float[np.ndarray, "nodes 3"]
    energies: tuple[float, ...]
    evaluations: int
    step_mm: float
    converged: bool

    @property
    def iterations(self) -> int:
        """The number of steps gone."""
        return len(self.energies) - 1


class Descent:
    """The state of a descent: position, energy, gradient, and steps that only ever go down."""

    def __init__(
        self,
        potential: Potential,
        start: Float[np.ndarray, "nodes 3"],
        settings: SolverSettings,
        observe: Observer | None = None,
    ):
        self.potential, self.settings = potential, settings
        self.x = np.array(start, dtype=float, order="C")
        self.gradient = np.empty_like(self.x)
        self.energies = [potential.evaluate(self.x, self.gradient)]
        self.evaluations, self.step_mm = 1, np.inf
        self._next_x, self._next_gradient = np.empty_like(self.x), np.empty_like(self.x)
        self._short_steps, self._proposed_mm = 0, np.inf
        self._observe = observe

    @property
    def done(self) -> bool:
        """True after two short steps in a row, or when the iterations are used up."""
        return self._short_steps >= 2 or len(self.energies) > self.settings.max_iterations

    def step(self, direction: Float[np.ndarray, "nodes 3"]) -> float:
        """Go along a direction until Armijo's condition holds.

        The first try is the whole direction, shortened to `longest_step_mm`. Afterwards `old_x`,
        `old_gradient` hold the state before.

        Args:
            direction: (nodes, 3) metres.

        Returns:
            The fraction gone, 0 for none.
        """
        slope = dot(direction, self.gradient)
        length_mm = longest(direction) * 1e3
        self._proposed_mm = length_mm
        if not slope < 0.0:
            return 0.0
        fraction = min(1.0, self.settings.longest_step_mm / length_mm)
        for _ in range(_MOST_HALVINGS):
            moved(self.x, fraction, direction, self._next_x)
            energy = self.potential.evaluate(self._next_x, self._next_gradient)
            self.evaluations += 1
            if energy <= self.energies[-1] + _ARMIJO * fraction * slope:
                self._accept(energy, fraction * length_mm)
                return fraction
            fraction *= 0.5
        return 0.0

    def finish(self, stalled: bool = False) -> Minimum:
        """Return the minimum at the present state.

        Args:
            stalled: whether no step lowers the energy any more.

        Returns:
            The minimum. A descent whose proposed step is below its tolerance when it stalls has converged.
        """
        at_rounding_limit = stalled and self._proposed_mm < self.settings.tolerance_mm
        converged = self._short_steps >= 2 or at_rounding_limit
        return Minimum(
            self.x, self.gradient, tuple(self.energies), self.evaluations, self._proposed_mm, converged
        )

    @property
    def old_x(self) -> Float[np.ndarray, "nodes 3"]:
        """Nodes before the last step, metres; valid until the next one."""
        return self._next_x

    @property
    def old_gradient(self) -> Float[np.ndarray, "nodes 3"]:
        """Gradient before the last step, N; valid until the next one."""
        return self._next_gradient

    def _accept(self, energy: float, step_mm: float) -> None:
        self.x, self._next_x = self._next_x, self.x
        self.gradient, self._next_gradient = self._next_gradient, self.gradient
        self.energies.append(energy)
        self.step_mm = step_mm
        short = self._proposed_mm < self.settings.tolerance_mm
        self._short_steps = self._short_steps + 1 if short else 0
        if self._observe is not None and self._observe(self):
            self._short_steps = 2

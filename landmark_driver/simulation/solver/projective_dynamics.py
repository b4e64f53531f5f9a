"""Plain projective dynamics, kept as the baseline of the benchmark.

One local/global iteration is one step of descent with the constant factor and unit length (Liu, Bouaziz and
Kavan 2017, section 4.1). The line search keeps the volume term from overshooting.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.solver.minimum import Descent, Minimum, Observer, SolverSettings
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor


def minimise_projective(
    potential: Potential,
    factor: ProjectiveFactor,
    start: Float[np.ndarray, "nodes 3"],
    settings: SolverSettings,
    observe: Observer | None = None,
) -> Minimum:
    """Return the minimum reached from `start`; the energy never rises.

    Args:
        potential: the energy over the free nodes.
        factor: the constant matrix, factored.
        start: (nodes, 3) metres; fixed nodes stay there.
        settings: tolerance and iterations.
        observe: called after every step; True ends the descent.

    Returns:
        The last state. Convergence is linear, so a short step is little evidence of a small error.
    """
    descent = Descent(potential, start, settings, observe)
    while not descent.done:
        if descent.step(-factor.solve(descent.gradient)) == 0.0:
            return descent.finish(stalled=True)
    return descent.finish()

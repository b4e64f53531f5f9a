"""Plain projective dynamics, kept as the baseline of the benchmark.

One local/global iteration is one step of descent with the constant factor and unit length (Liu, Bouaziz and
Kavan 2017, section 4.1); the line search is what keeps the volume term from overshooting.
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
    """Descends from `start`; converges linearly, so a short step says little about the error left."""
    descent = Descent(potential, start, settings, observe)
    while not descent.done:
        if descent.step(-factor.solve(descent.gradient)) == 0.0:
            return descent.finish(stalled=True)
    return descent.finish()

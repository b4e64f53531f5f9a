"""Descent that ends without inverted tetrahedra.

L-BFGS converges first with a weak barrier, in which a sliver here and there may stay inverted. Then the
barrier grows tenfold in exactly those tetrahedra that are inverted or nearly so, and the descent goes on,
with a factor taken anew from the deformed state because the old one knows nothing of the new stiffness. The
energy never rises within a round; between rounds it is another energy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.lbfgs import minimise_lbfgs
from landmark_driver.simulation.minimum import Minimum, SolverSettings
from landmark_driver.simulation.potential import Potential
from landmark_driver.simulation.projective_factor import ProjectiveFactor
from landmark_driver.simulation.simulation_error import InvertedResultError, NotConvergedError

Refactor = Callable[[Float[np.ndarray, "nodes 3"]], ProjectiveFactor]

_ROUNDS = 6
_GROWTH = 10.0
_NEARLY_INVERTED = 0.15
_ITERATIONS_BEFORE_REFACTORING = 60


def descend_guarded(
    potential: Potential,
    factor: ProjectiveFactor,
    refactor: Refactor,
    start: Float[np.ndarray, "nodes 3"],
    settings: SolverSettings,
) -> Minimum:
    """The minimum, with iterations and energies of all rounds; the barrier is as before afterwards.

    Raises `NotConvergedError` or `InvertedResultError`.
    """
    elastic, rounds = potential.elastic, []
    weights = elastic.barrier_weights.copy()
    try:
        for _ in range(_ROUNDS):
            rounds.append(_converged(potential, factor, refactor, start, settings))
            start = rounds[-1].nodes
            ratios = elastic.volume_ratios(start)
            if ratios.min() > 0.0:
                return _joined(rounds)
            elastic.strengthen_barrier(ratios < _NEARLY_INVERTED, _GROWTH)
            factor = refactor(start)
    finally:
        elastic.barrier_weights = weights
    raise InvertedResultError(np.flatnonzero(elastic.volume_ratios(start) <= 0), start)


def _converged(
    potential: Potential,
    factor: ProjectiveFactor,
    refactor: Refactor,
    start: Float[np.ndarray, "nodes 3"],
    settings: SolverSettings,
) -> Minimum:
    """Descends to the tolerance, with a new factor whenever the old one has served for a while."""
    pieces: list[Minimum] = []
    left = settings.max_iterations
    while left > 0:
        few = replace(settings, max_iterations=min(left, _ITERATIONS_BEFORE_REFACTORING))
        pieces.append(minimise_lbfgs(potential, factor, start, few))
        if pieces[-1].converged:
            return _joined(pieces)
        start, left = pieces[-1].nodes, left - max(1, pieces[-1].iterations)
        factor = refactor(start)
    total = _joined(pieces)
    raise NotConvergedError(total.step_mm, total.iterations, total.nodes)


def _joined(pieces: list[Minimum]) -> Minimum:
    energies = [pieces[0].energies, *(piece.energies[1:] for piece in pieces[1:])]
    return replace(
        pieces[-1],
        energies=tuple(energy for part in energies for energy in part),
        evaluations=sum(piece.evaluations for piece in pieces),
    )

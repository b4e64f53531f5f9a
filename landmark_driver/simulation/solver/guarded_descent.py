"""Descent that ends without inverted tetrahedra.

L-BFGS converges first with a weak barrier, in which a sliver here and there may stay inverted. Then the
barrier grows tenfold in exactly those tetrahedra that are inverted or nearly so, and the descent goes on. It
takes a new factor from the deformed state, because the old one lacks the new stiffness. The energy never
rises within a round; between rounds it is another energy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.energy.simulation_error import InvertedResultError, NotConvergedError
from landmark_driver.simulation.solver.lbfgs import minimise_lbfgs
from landmark_driver.simulation.solver.minimum import Descent, Minimum, Observer, SolverSettings
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor

Refactor = Callable[[Float[np.ndarray, "nodes 3"]], ProjectiveFactor]

_ROUNDS = 8
_GROWTH = 10.0
_NEARLY_INVERTED = 0.15
_NEARLY_THERE_MM = 0.1
_ITERATIONS_BEFORE_REFACTORING = 60


def descend_guarded(
    potential: Potential,
    factor: ProjectiveFactor,
    refactor: Refactor,
    start: Float[np.ndarray, "nodes 3"],
    settings: SolverSettings,
    rounds: int = _ROUNDS,
) -> Minimum:
    """Return the minimum without inverted tetrahedra, with iterations and energies of all rounds.

    Args:
        potential: its elastic energy's barrier grows where needed.
        factor: the preconditioner to begin with.
        refactor: takes (nodes, 3) metres and returns the preconditioner for tissue deformed like them.
        start: (nodes, 3) metres.
        settings: `max_iterations` is for all rounds together.
        rounds: of the barrier, at most.

    Returns:
        A converged minimum. The barrier stays as strong as it had to become; `ElasticEnergy.kept_barrier`
        undoes that.

    Raises:
        NotConvergedError: for iterations or rounds that did not suffice.
        InvertedResultError: for tetrahedra still inverted after the last round.
    """
    elastic, pieces = potential.elastic, _Pieces(settings.max_iterations)
    for _ in range(rounds):
        factor = _converge(potential, factor, refactor, start, settings, pieces)
        start = pieces.last.nodes
        ratios = elastic.volume_ratios(start)
        if ratios.min() > 0.0 and pieces.last.converged:
            return pieces.joined()
        flat = ratios < _NEARLY_INVERTED
        if not flat.any():
            break
        elastic.strengthen_barrier(flat, _GROWTH)
        factor = refactor(start)
    if elastic.volume_ratios(start).min() <= 0.0:
        raise InvertedResultError(np.flatnonzero(elastic.volume_ratios(start) <= 0), start)
    raise pieces.not_converged()


class _Pieces:
    """The descents so far, and the number of iterations left for all of them."""

    def __init__(self, iterations: int):
        self._minima: list[Minimum] = []
        self.left = iterations

    @property
    def last(self) -> Minimum:
        return self._minima[-1]

    def add(self, minimum: Minimum) -> None:
        self._minima.append(minimum)
        self.left -= max(1, minimum.iterations)

    def not_converged(self) -> NotConvergedError:
        steps = [piece.step_mm for piece in self._minima if piece.iterations]
        total = self.joined()
        return NotConvergedError(steps[-1] if steps else np.inf, total.iterations, total.nodes)

    def joined(self) -> Minimum:
        energies = [self._minima[0].energies, *(piece.energies[1:] for piece in self._minima[1:])]
        return replace(
            self.last,
            energies=tuple(energy for part in energies for energy in part),
            evaluations=sum(piece.evaluations for piece in self._minima),
        )


def _converge(
    potential: Potential,
    factor: ProjectiveFactor,
    refactor: Refactor,
    start: Float[np.ndarray, "nodes 3"],
    settings: SolverSettings,
    pieces: _Pieces,
) -> ProjectiveFactor:
    """Descend to the tolerance, or until tetrahedra stay inverted or block the way; return the last factor."""
    while pieces.left > 0:
        few = replace(settings, max_iterations=min(pieces.left, _ITERATIONS_BEFORE_REFACTORING))
        pieces.add(minimise_lbfgs(potential, factor, start, few, _inverted_when_nearly_there()))
        stalled = pieces.last.iterations < few.max_iterations
        if pieces.last.converged or stalled:
            return factor
        start = pieces.last.nodes
        factor = refactor(start)
    raise pieces.not_converged()


def _inverted_when_nearly_there() -> Observer:
    """Return an observer that ends a descent with inverted tetrahedra once its steps are short.

    They would not right themselves.
    """
    looked = False

    def observe(descent: Descent) -> bool:
        nonlocal looked
        if looked or descent.step_mm > _NEARLY_THERE_MM:
            return False
        looked = True
        return bool(descent.potential.elastic.volume_ratios(descent.x).min() <= 0.0)

    return observe

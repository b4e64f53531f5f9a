"""Descent with contact, through states that never overlap.

Each round finds the parts that are near, keeps them apart by springs along the directions found, and descends
on that smooth energy. Where the way to the round's result would lead through an overlap, only the clear part
of it is gone. The rounds end when one no longer moves anything; then the result is an equilibrium, and clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.nodal_terms import EnergyTerm
from landmark_driver.simulation.energy.simulation_error import NotConvergedError, OverlapError
from landmark_driver.simulation.solver.load import BonePoses, Contact
from landmark_driver.simulation.solver.minimum import Minimum

Nodes = Float[np.ndarray, "nodes 3"]
Solve = Callable[[Nodes, list[EnergyTerm]], Minimum]

_ROUNDS = 40
_QUIET_MM = 0.05
_SHORT_OF_TOUCHING = 0.9


def descend_with_contact(
    approach: Solve, settle: Solve, start: Nodes, contacts: Sequence[Contact], poses: BonePoses
) -> Minimum:
    """Return the minimum without overlaps that is reached from a clear start.

    Args:
        approach: `approach(nodes, terms)` takes some steps with further terms.
        settle: `settle(nodes, terms)` takes all steps.
        start: (nodes, 3) metres, without overlaps.
        contacts: give the terms, the clear fractions and the violations.
        poses: of the bones, in the frame of the nodes.

    Returns:
        The last round's minimum, with energies and evaluations of all rounds.

    Raises:
        NotConvergedError: for 40 rounds that all move something.
        OverlapError: for overlaps in the result.
    """
    nodes, moved_mm, rounds = start, np.inf, list[Minimum]()
    for _ in range(_ROUNDS):
        terms = [term for contact in contacts for term in contact.find(nodes, poses)]
        quiet = moved_mm < _QUIET_MM
        minimum = (settle if quiet else approach)(nodes, terms)
        rounds.append(minimum)
        fraction = min((contact.clear_fraction(nodes, minimum.nodes) for contact in contacts), default=1.0)
        moved_mm = _longest_mm(minimum.nodes - nodes) if fraction == 1.0 else np.inf
        if quiet and moved_mm < _QUIET_MM:
            return _without_overlaps(_joined(rounds), contacts, poses)
        nodes = part_way(nodes, minimum.nodes, fraction)
    raise NotConvergedError(moved_mm, _joined(rounds).iterations, nodes)


def towards(clear: Nodes, goal: Nodes, contacts: Sequence[Contact]) -> Nodes:
    """Return the state nearest to a goal that is reached without overlaps.

    Args:
        clear: (nodes, 3) metres, without overlaps.
        goal: (nodes, 3) metres.
        contacts: at least one.

    Returns:
        (nodes, 3) metres: the goal, or a state on the straight way to it, just before the first overlap.
    """
    return part_way(clear, goal, min(contact.clear_fraction(clear, goal) for contact in contacts))


def part_way(start: Nodes, goal: Nodes, fraction: float) -> Nodes:
    """Return the goal where the whole way is clear, else the state just before the obstacle.

    Args:
        start: (nodes, 3) metres.
        goal: (nodes, 3) metres.
        fraction: the clear fraction of the way, 0..1.

    Returns:
        (nodes, 3) metres: the goal at fraction 1, else 0.9 of the clear way.
    """
    return goal if fraction == 1.0 else start + _SHORT_OF_TOUCHING * fraction * (goal - start)


def _joined(rounds: list[Minimum]) -> Minimum:
    energies = rounds[0].energies + tuple(e for one in rounds[1:] for e in one.energies[1:])
    return replace(rounds[-1], energies=energies, evaluations=sum(one.evaluations for one in rounds))


def _without_overlaps(minimum: Minimum, contacts: Sequence[Contact], poses: BonePoses) -> Minimum:
    overlaps = sum(contact.violations(minimum.nodes, poses) for contact in contacts)
    if overlaps:
        raise OverlapError(overlaps, minimum.nodes)
    return minimum


def _longest_mm(vectors: Float[np.ndarray, "nodes 3"]) -> float:
    return float(np.linalg.norm(vectors, axis=1).max() * 1e3)

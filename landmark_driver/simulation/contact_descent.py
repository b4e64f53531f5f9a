"""Descent with contact: find what touches, hold its planes, solve, look again.

Contact pairs are frozen while a solve runs, so that each solve descends on one smooth energy; between solves
they are found anew. It ends when nothing overlaps. Nothing is paid where nothing touches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.load import BonePoses, Contact
from landmark_driver.simulation.minimum import Minimum
from landmark_driver.simulation.nodal_terms import EnergyTerm
from landmark_driver.simulation.simulation_error import OverlapError

Solve = Callable[[Float[np.ndarray, "nodes 3"], list[EnergyTerm]], Minimum]


def descend_with_contact(
    solve: Solve, start: Minimum, contacts: Sequence[Contact], poses: BonePoses, most_rounds: int
) -> Minimum:
    """A minimum without overlaps; `solve(nodes, terms)` continues from nodes with further terms.

    Raises `OverlapError` where overlaps remain after `most_rounds`.
    """
    memories = [contact.new_memory() for contact in contacts]
    minimum = start
    for _ in range(most_rounds):
        if not _overlaps(contacts, minimum.nodes, poses):
            return minimum
        terms = [
            term
            for contact, memory in zip(contacts, memories, strict=True)
            for term in contact.find(minimum.nodes, poses, memory)
        ]
        following = solve(minimum.nodes, terms)
        minimum = replace(
            following,
            energies=minimum.energies + following.energies[1:],
            evaluations=minimum.evaluations + following.evaluations,
        )
    overlaps = _overlaps(contacts, minimum.nodes, poses)
    if overlaps:
        raise OverlapError(overlaps, minimum.nodes)
    return minimum


def _overlaps(contacts: Sequence[Contact], nodes: np.ndarray, poses: BonePoses) -> int:
    return sum(contact.violations(nodes, poses) for contact in contacts)

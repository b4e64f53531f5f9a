"""One quasi-static solve of the simulator, which the network stands in for.

The module imports packages that training installs.
"""

from __future__ import annotations

import numpy as np

from capture.frames.arkit import ARKIT_INDEX
from firmware_bench.measure.timed_rounds import Subject
from landmark_driver.character import Character
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.tissue.tissue_setting import default_setting

_EXPRESSIONS = ("jawOpen", "mouthSmileLeft", "mouthPucker", "browInnerUp", "cheekSquintLeft", "mouthFunnel")


def simulator_subject(character: Character) -> Subject:
    """Return the simulator as `evaluate --simulated` runs it: one expression's actuation, then the equilibrium under it.

    Args:
        character: its head is simulated, in the default material.

    Returns:
        The subject. The head is layered and its tissue factored before. Every call is of another expression than the two
        before it, since the simulator keeps two.
    """
    head = character.head
    identities = load_identities()
    physics = SimulationPhysics(identities)
    generate = physics(IdentityHead(identities.topology, head.neutral_vertices.astype(float), np.zeros(0)))
    setting, calls = default_setting(), iter(range(10**9))
    generate(np.zeros(len(head.expressions)), setting)

    def solve() -> object:
        weights = np.zeros(len(head.expressions))
        number = next(calls)
        weights[ARKIT_INDEX[_EXPRESSIONS[number % len(_EXPRESSIONS)]]] = 0.5
        return generate(weights, setting)

    return Subject("simulator", "numba", solve)

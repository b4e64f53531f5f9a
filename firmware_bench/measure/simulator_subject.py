"""One quasi-static solve of the simulator: what the network stands in for. Imports what training installs."""

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
    """As `evaluate --simulated` runs it: muscles of one expression found, and tissue come to rest under them.

    The head is layered and its tissue factored before, and every call is of another expression than the two before it,
    since the simulator remembers those.
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

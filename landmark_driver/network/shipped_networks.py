"""The networks that ship, and characters that carry them.

`docs/networks.md` says by which commands they were made; the log beside them has configuration, seed, the dataset's
checksum and every loss.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from landmark_driver.character import Character
from landmark_driver.network.character_network import character_network
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.tissue.tissue_setting import default_setting

WEIGHTS_PATH = Path(__file__).parents[1] / "assets" / "sparse_soft_deca.safetensors"
LOG_PATH = WEIGHTS_PATH.with_suffix(".log.json")
HELD_OUT_PATH = WEIGHTS_PATH.parent / "held_out"
"""Samples that these networks were not trained on (`hypernetwork/data/keep_held_out.py`)."""


@functools.cache
def release_weights() -> NetworkWeights:
    return NetworkWeights.load(WEIGHTS_PATH)


def with_networks(character: Character) -> Character:
    """A head of the default identity model that moves by its networks; its performer's tissue is the usual one."""
    neutral = character.neutral_vertices.astype(float)
    network = character_network(release_weights(), neutral, character.expressions, default_setting())
    return replace(character, network=network)

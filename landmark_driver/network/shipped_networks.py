"""The networks that ship, and the networks of any head of their identity model.

`docs/networks.md` lists the commands that made them; the log beside them has configuration, seed, the dataset's
checksum and every loss.
"""

from __future__ import annotations

import functools
from pathlib import Path

from landmark_driver.head.head import Head
from landmark_driver.network.character_network import CharacterNetwork, character_network
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.tissue.tissue_setting import default_setting

WEIGHTS_PATH = Path(__file__).parents[1] / "assets" / "sparse_soft_deca.safetensors"
LOG_PATH = WEIGHTS_PATH.with_suffix(".log.json")
HELD_OUT_PATH = WEIGHTS_PATH.parent / "held_out"
"""Samples that these networks were not trained on (`hypernetwork/data/keep_held_out.py`)."""


@functools.cache
def shipped_weights() -> NetworkWeights:
    """Return the trained networks that ship; the file is read once.

    Returns:
        The arrays and their sources.

    Raises:
        WeightsError: for a file that is missing or damaged.
    """
    return NetworkWeights.load(WEIGHTS_PATH)


def shipped_network(head: Head) -> CharacterNetwork:
    """Return the shipped networks made for a head, whose performer's tissue is the default one.

    Args:
        head: of the identity model that they were trained on.

    Returns:
        The networks of the head, with the default target material.

    Raises:
        WeightsError: for a head of another model.
    """
    neutral = head.neutral_vertices.astype(float)
    return character_network(shipped_weights(), neutral, head.expressions, default_setting())

"""The driver whose frame is exported. This file imports no PyTorch, so that `live` can use it."""

from __future__ import annotations

from dataclasses import replace

from export.export_error import ExportError
from export.model_choices import NetworkName
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.network.character_network import CharacterNetwork


def network_of(character: Character) -> CharacterNetwork:
    """Return a character's networks.

    Args:
        character: any.

    Returns:
        Its networks.

    Raises:
        ExportError: where it has none.
    """
    if character.network is None:
        raise ExportError(
            "Expected a character with networks to export, got one of linear blendshapes only. "
            "Make one with 'softdeca head fit', or use 'default'."
        )
    return character.network


def exported_driver(character: Character, network: NetworkName = "sparse") -> SparseDriver | WeightsDriver:
    """Return the driver whose program is exported.

    Args:
        character: its head is driven, also where a scan is bound to it.
        network: "sparse" for the driver of MediaPipe's landmarks that `live` runs, "soft" for that of ARKit weights.

    Returns:
        A driver of the head itself, in the character's target material as its networks know it: a model that takes any
        material leaves out what was solved for one.

    Raises:
        ExportError: for a character without networks.
    """
    unsolved = replace(character, network=replace(network_of(character), solved=None))
    name = "landmarks" if network == "sparse" else "weights"
    driver = unsolved.without_scan().mesh_driver(name).head_driver
    assert isinstance(driver, SparseDriver | WeightsDriver)
    return driver

"""What a converter is given: modules of one character's network in one precision, with names for what goes in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LANDMARK_COUNT
from export.export_error import ExportError
from export.graph.decoder_graph import MirroredDecoder, WholeBasis
from export.graph.frame_network import (
    LOOK_NAMES,
    sparse_frame,
    tissue_response,
    usual_displacements,
    usual_latents,
)
from export.graph.network_graph import Reading, Run, RunSoft
from export.graph.tissue_graph import Specialise, SpecialiseSoft
from export.quantization.coarse_weights import Precision, Stored, round_weights
from export.quantization.tiered_product import Tiers
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.latent_decoder import WholeDecoder
from landmark_driver.tissue.tissue_setting import default_setting

NetworkName = Literal["sparse", "soft"]

_TIERS: dict[Precision, tuple[Tiers, Tiers]] = {
    "fp16": (Tiers(twice=2, half=90, byte=1000), Tiers(twice=2, half=30, byte=1000)),
    "int8": (Tiers(half=16, byte=1000), Tiers(half=4, byte=1000)),
    "palettised": (Tiers(half=24, byte=60, six=30, four=1000), Tiers(half=8, byte=24, six=12, four=1000)),
}
"""Of what is alike on both sides, and of what is opposite."""
_FILM: dict[Precision, Tiers] = {
    "fp16": Tiers(half=90, byte=85),
    "int8": Tiers(half=16, byte=96),
    "palettised": Tiers(half=16, byte=48, six=48),
}


@dataclass(frozen=True)
class Function:
    """One function of a model: a module, and example inputs by name in the order of its arguments."""

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: dict[str, tuple[int, ...]]
    """Shapes by name."""


@dataclass(frozen=True)
class ExportedGraph:
    """`run` and `specialise` of one character."""

    network: NetworkName
    precision: Precision
    run: Function
    specialise: Function
    stored: Stored


def folded_driver(character: Character) -> FoldedDriver:
    """The driver that is exported: of MediaPipe's landmarks, as `live` uses it. Raises ExportError."""
    return network_of(character).fold(character.embedding, load_tracker_response().noise)


def network_of(character: Character) -> CharacterNetwork:
    if character.network is None:
        raise ExportError(
            "Expected a character with networks to export, got one of linear blendshapes only. "
            "Make one with 'softdeca head fit', or use 'default'."
        )
    return character.network


def exported_graph(
    character: Character, network: NetworkName = "sparse", precision: Precision = "fp32"
) -> ExportedGraph:
    """A character's network as modules. Raises ExportError where it has none."""
    own = network_of(character)
    folded = folded_driver(character)
    frame = sparse_frame(folded)
    response = tissue_response(own, frame.still)
    decoder = _decoder(own, folded, precision)
    usual, vertices = default_setting(), character.neutral_vertices.shape
    tissue = {"materials": usual.regions, "gravity_m_s2": usual.gravity, "bone_scale": usual.bones}
    if network == "sparse":
        seen = usual_displacements(own, own.head.rows(character.embedding))
        reading = Reading(frame, own.head.basis, seen)
        specialise, run = Specialise(response, _FILM.get(precision)), Run(frame, reading, decoder)
        frame_inputs = {
            "displacements_m": np.zeros((LANDMARK_COUNT, 3)),
            "look_weights": np.zeros(len(LOOK_NAMES)),
        }
        outputs = {"vertices_m": vertices, "weights": (len(ARKIT_NAMES),)}
    else:
        specialise, run = SpecialiseSoft(response, _FILM.get(precision)), RunSoft(response, decoder)
        frame_inputs, outputs = {"weights": np.zeros(len(ARKIT_NAMES))}, {"vertices_m": vertices}
    stored = round_weights(nn.ModuleList([run, specialise]), precision)
    tissue_inputs = _tensors(tissue)
    with torch.no_grad():
        state = specialise(**tissue_inputs)["tissue_state"]
    return ExportedGraph(
        network,
        precision,
        Function("run", run.eval(), _tensors(frame_inputs) | {"tissue_state": state}, outputs),
        Function("specialise", specialise.eval(), tissue_inputs, {"tissue_state": tuple(state.shape)}),
        stored,
    )


def _decoder(network: CharacterNetwork, folded: FoldedDriver, precision: Precision) -> nn.Module:
    """Half a basis where the head model has two halves."""
    if isinstance(folded.decoder, WholeDecoder):
        return WholeBasis(folded.decoder.basis, network.neutral_vertices)
    halves, tiers = folded.decoder.halves, _TIERS.get(precision, (None, None))
    return MirroredDecoder(halves, network.neutral_vertices, usual_latents(network, folded), *tiers)


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.asarray(array, np.float32)) for name, array in arrays.items()}

"""The graph of one character in one precision, as a converter takes it: modules with named inputs and outputs.

`run` covers the stages posterior, bounds, decoder and residual of the frame that `live` runs, the soft network's forward and
decoder. The stage looks comes before it, the stages sway, lips and eyes after it, outside the graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from capture.frames.landmark_frame import ARKIT_COUNT, LANDMARK_COUNT
from export.graph.decoder_graph import MirroredDecoder, WholeBasis
from export.graph.exported_driver import exported_driver, network_of
from export.graph.frame_network import (
    displacement_moments,
    residual_of,
    sparse_frame,
    tissue_response,
    typical_latents,
)
from export.graph.network_graph import Reading, Run, RunSoft
from export.graph.residual_graph import Followed, ResidualMotion, landmark_rows
from export.graph.tissue_graph import Specialise, SpecialiseSoft
from export.model_choices import NetworkName, Precision
from export.quantization.coarse_weights import Stored, round_weights
from export.quantization.tiered_product import Tiers
from landmark_driver.character import Character
from landmark_driver.head.eyes import EYE_LOOKS
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.frame_program import FrameProgram
from landmark_driver.network.latent_decoder import WholeDecoder
from landmark_driver.network.vertex_stages import decoder_of
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_TIERS: dict[Precision, tuple[Tiers, Tiers]] = {
    "fp16": (Tiers(twice=3, half=66, byte=1000), Tiers(twice=2, half=22, byte=1000)),
    "int8": (Tiers(half=42, byte=1000), Tiers(half=10, byte=1000)),
    "palettised": (Tiers(half=38, byte=60, six=60, four=1000), Tiers(half=8, byte=24, six=24, four=1000)),
}
"""Tiers of the half that is alike on both sides, and of the half that is opposite."""
_FILM: dict[Precision, Tiers] = {
    "fp16": Tiers(half=40, byte=150),
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


def exported_graph(
    character: Character, network: NetworkName = "sparse", precision: Precision = "fp32"
) -> ExportedGraph:
    """Return a character's network as modules.

    Args:
        character: its head is exported, also where a scan is bound to it.
        network: "sparse" reads landmarks, "soft" ARKit weights.
        precision: in which network weights are stored; computing stays in float32.

    Returns:
        The modules `run` and `specialise` with example inputs, and how their constants are stored.

    Raises:
        ExportError: for a character without networks.
    """
    own, program = network_of(character), exported_driver(character).program
    rest_latent = decoder_of(program).rest_latent
    response, decoder = tissue_response(own, rest_latent), _decoder(own, program, precision)
    vertices = character.head.neutral_vertices.shape
    if network == "sparse":
        frame = sparse_frame(program)
        moments = displacement_moments(own, own.head.rows(character.head.embedding))
        reading = Reading(frame, own.head.basis, moments)
        residual = residual_of(program)
        rows = landmark_rows(residual)
        specialise = Specialise(response, Followed(residual, rows, response), _FILM.get(precision))
        run = Run(frame, reading, decoder, ResidualMotion(residual, rows, vertices[0]))
        frame_inputs = {
            "displacements_m": np.zeros((LANDMARK_COUNT, 3)),
            "look_weights": np.zeros(len(EYE_LOOKS)),
        }
        outputs = {"vertices_m": vertices, "weights": (ARKIT_COUNT,)}
    else:
        specialise, run = SpecialiseSoft(response, _FILM.get(precision)), RunSoft(response, decoder)
        frame_inputs, outputs = {"weights": np.zeros(ARKIT_COUNT)}, {"vertices_m": vertices}
    stored = round_weights(nn.ModuleList([run, specialise]), precision)
    given = _tensors(tissue_inputs(default_setting()))
    with torch.no_grad():
        state = specialise(**given)["tissue_state"]
    return ExportedGraph(
        network,
        precision,
        Function("run", run.eval(), _tensors(frame_inputs) | {"tissue_state": state}, outputs),
        Function("specialise", specialise.eval(), given, {"tissue_state": tuple(state.shape)}),
        stored,
    )


def tissue_inputs(setting: TissueSetting) -> dict[str, np.ndarray]:
    """Return a material as `specialise` takes it.

    Args:
        setting: the target material.

    Returns:
        Float32 arrays by name: materials (22, 4), gravity_m_s2 (3,) in the head frame, bone_scale (2,).
    """
    arrays = {"materials": setting.learned, "gravity_m_s2": setting.gravity, "bone_scale": setting.bones}
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _decoder(network: CharacterNetwork, program: FrameProgram, precision: Precision) -> nn.Module:
    """Return the decoder, with half a basis where the head model has two halves."""
    stage = decoder_of(program)
    if isinstance(stage.decoder, WholeDecoder):
        return WholeBasis(stage.decoder.basis, stage.neutral_vertices)
    tiers = _TIERS.get(precision, (None, None))
    return MirroredDecoder(
        stage.decoder.halves, stage.neutral_vertices, typical_latents(network, program), *tiers
    )


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.asarray(array, np.float32)) for name, array in arrays.items()}

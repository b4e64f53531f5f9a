"""Frames for which an exported model must give the driver's vertices: recorded ones, and random ones in random material."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from export.graph.exported_driver import exported_driver, network_of
from export.graph.exported_graph import tissue_inputs
from export.model_choices import NetworkName
from landmark_driver.character import Character
from landmark_driver.head.eyes import EYE_LOOKS, NEUTRAL_GAZE
from landmark_driver.live.drive_recording import drive_recording, find_neutral
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.head_network import expression_latents
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_NOISE_M = 0.0015
_DEPTH_RATIO = 3.0

Inputs = dict[str, np.ndarray]


@dataclass(frozen=True)
class ParityFrame:
    """Inputs of `run` besides the tissue, and the driver's vertices before the stages sway, lips and eyes."""

    inputs: Inputs
    vertices_m: Float[np.ndarray, "vertices 3"]
    """Metres, head frame, float32."""


@dataclass(frozen=True)
class ParityCase:
    """One tissue, and frames in it."""

    tissue: Inputs
    frames: list[ParityFrame]


@dataclass(frozen=True)
class ParityPlan:
    """How much is compared."""

    every: int = 3
    """Step from one recorded frame to the next."""
    tissues: int = 8
    frames: int = 24
    """Random frames in each random material."""
    seed: int = 0


def parity_cases(character: Character, network: NetworkName, plan: ParityPlan) -> Iterator[ParityCase]:
    """Yield frames of the demo take in the default and in the character's target material, then random ones.

    Args:
        character: its own driver gives the vertices.
        network: whose inputs and driver are meant.
        plan: how many frames, in how many random materials.

    Yields:
        A material as `specialise` takes it, and its frames. The character's own driver is left as it is.

    Raises:
        ExportError: for a character without networks.
    """
    own, driver = network_of(character), exported_driver(character, network)
    random_inputs = _random_landmarks(character) if network == "sparse" else _random_weights(own)
    recorded = recorded_inputs(character, network)[:: plan.every]
    rng = np.random.default_rng(plan.seed)

    def case(setting: TissueSetting, inputs: list[Inputs]) -> ParityCase:
        driver.set_material(setting)
        frames = [ParityFrame(each, graph_vertices(driver.program, each)) for each in inputs]
        return ParityCase(tissue_inputs(setting), frames)

    yield case(default_setting(), recorded)
    yield case(own.target, recorded[::4])
    for _ in range(plan.tissues):
        setting = sample_setting(rng)
        yield case(setting, [random_inputs(setting, rng) for _ in range(plan.frames)])


def recorded_inputs(character: Character, network: NetworkName) -> list[Inputs]:
    """Return the live driver's inputs, frame by frame, when this character performs the demo take.

    Args:
        character: its head performs.
        network: "sparse" for landmarks, "soft" for ARKit weights.

    Returns:
        For each frame, float32, displacements_m (478, 3) metres, head frame, and look_weights (8,); or weights (52,).
    """
    frames, name = list(read_take(DEMO_TAKE)), "landmarks" if network == "sparse" else "weights"
    inputs = []
    for face in drive_recording(frames, character.without_scan(), find_neutral(frames, "auto"), name):
        if network == "sparse":
            inputs.append({"displacements_m": face.displacements, "look_weights": face.weights[EYE_LOOKS]})
        else:
            inputs.append({"weights": face.weights})
    return [{name: array.astype(np.float32) for name, array in each.items()} for each in inputs]


def graph_vertices(program: FrameProgram, inputs: Inputs) -> Float[np.ndarray, "vertices 3"]:
    """Return the vertices that a graph should give: those of NumPy's program before its stage sway.

    Args:
        program: from landmarks or from weights to vertices.
        inputs: of `run`, float32, without the tissue.

    Returns:
        (V, 3) metres, head frame, float32.
    """
    frame = Frame(NEUTRAL_GAZE)
    if "weights" in inputs:
        frame.weights = inputs["weights"]
    else:
        frame.displacements = inputs["displacements_m"].ravel()
        frame.look_latents = inputs["look_weights"] / np.float32(WEIGHT_UNIT)
    vertices = program.without("looks").run(frame, until="sway").vertices
    assert vertices is not None
    return vertices


def _random_landmarks(character: Character) -> Callable[[TissueSetting, np.random.Generator], Inputs]:
    """Return a source of landmarks: random canonical expressions with noise of up to 1.5 mm, three times that in depth."""
    network = network_of(character)
    rows = network.head.rows(character.head.embedding)

    def inputs(setting: TissueSetting, rng: np.random.Generator) -> Inputs:
        latents = _expressions(network, setting)
        latent = latents[rng.integers(len(latents))]
        noise = rng.normal(0, [1, 1, _DEPTH_RATIO], (len(rows) // 3, 3)) * rng.uniform(0, _NOISE_M)
        displacements = (rows @ latent).reshape(-1, 3) + noise
        looks = np.clip(WEIGHT_UNIT * latent[EYE_LOOKS], 0, 1)
        return {"displacements_m": displacements.astype(np.float32), "look_weights": looks.astype(np.float32)}

    return inputs


def _random_weights(network: CharacterNetwork) -> Callable[[TissueSetting, np.random.Generator], Inputs]:
    """Return a source of weights: random canonical expressions at a random strength."""
    asked = network.weights.arrays["canonical"]

    def inputs(setting: TissueSetting, rng: np.random.Generator) -> Inputs:
        return {"weights": (rng.uniform(0, 1) * asked[rng.integers(len(asked))]).astype(np.float32)}

    return inputs


def _expressions(
    network: CharacterNetwork, setting: TissueSetting
) -> Float[np.ndarray, "expressions latent"]:
    code = network.condition[: len(network.weights.arrays["code_std"])]
    return expression_latents(network.weights, code, setting)

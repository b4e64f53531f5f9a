"""Frames that an exported model must answer as the driver does: of a recording, and random ones in random tissue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from export.graph.exported_graph import NetworkName, folded_driver, network_of
from export.graph.frame_network import LOOKS
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.head_network import expression_latents
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_NOISE_M = 0.0015
_DEPTH_RATIO = 3.0


@dataclass(frozen=True)
class ParityFrame:
    """What goes into `run` besides the tissue, and the driver's answer before lips and eyes."""

    inputs: dict[str, np.ndarray]
    vertices_m: Float[np.ndarray, "vertices 3"]


@dataclass(frozen=True)
class ParityCase:
    """One tissue, and frames in it."""

    tissue: dict[str, np.ndarray]
    frames: list[ParityFrame]


@dataclass(frozen=True)
class ParityPlan:
    """How much is compared."""

    every: int = 3
    """Of the recorded frames."""
    tissues: int = 8
    frames: int = 24
    """Random ones in each random tissue."""
    seed: int = 0


def parity_cases(character: Character, network: NetworkName, plan: ParityPlan) -> Iterator[ParityCase]:
    """The demo take in usual and in the character's own tissue, then random frames in random tissues."""
    answer = _Sparse(character) if network == "sparse" else _Soft(character)
    recorded = recorded_inputs(character, network)[:: plan.every]
    rng = np.random.default_rng(plan.seed)
    yield answer.case(default_setting(), recorded)
    yield answer.case(network_of(character).shown, recorded[::4])
    for _ in range(plan.tissues):
        setting = sample_setting(rng)
        yield answer.case(setting, [answer.random_inputs(setting, rng) for _ in range(plan.frames)])


def recorded_inputs(character: Character, network: NetworkName) -> list[dict[str, np.ndarray]]:
    """What the live driver is given, frame by frame, when this character performs the demo take."""
    frames = list(read_take(DEMO_TAKE))
    driver = FaceDriver(character.template, driver="landmarks" if network == "sparse" else "weights")
    driver.use_neutral(find_neutral(frames, "auto"))
    inputs = []
    for frame in frames:
        face = driver(frame)
        if network == "sparse":
            inputs.append({"displacements_m": face.displacements, "look_weights": face.weights[LOOKS]})
        else:
            inputs.append({"weights": face.weights})
    return [{name: array.astype(np.float32) for name, array in each.items()} for each in inputs]


class _Sparse:
    """SparseSoftDECA's own driver."""

    def __init__(self, character: Character):
        self.network = network_of(character)
        self.folded = folded_driver(character)
        self.rows = self.network.head.rows(character.embedding)

    def case(self, setting: TissueSetting, inputs: list[dict[str, np.ndarray]]) -> ParityCase:
        folded = self.network.with_setting(setting).shown_in(self.folded)
        frames = [ParityFrame(each, driven_vertices(folded, **each)) for each in inputs]
        return ParityCase(tissue_inputs(setting), frames)

    def random_inputs(self, setting: TissueSetting, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """The landmarks of a random canonical expression with up to 1.5 mm of noise."""
        latents = _expressions(self.network, setting)
        latent = latents[rng.integers(len(latents))]
        noise = rng.normal(0, [1, 1, _DEPTH_RATIO], (len(self.rows) // 3, 3)) * rng.uniform(0, _NOISE_M)
        displacements = (self.rows @ latent).reshape(-1, 3) + noise
        looks = np.clip(WEIGHT_UNIT * latent[LOOKS], 0, 1)
        return {"displacements_m": displacements.astype(np.float32), "look_weights": looks.astype(np.float32)}


class _Soft:
    """SoftDECA's own driver."""

    def __init__(self, character: Character):
        self.network = network_of(character)

    def case(self, setting: TissueSetting, inputs: list[dict[str, np.ndarray]]) -> ParityCase:
        network = self.network.with_setting(setting)
        forward, basis = network.folded_forward(), network.head.basis
        neutral = network.neutral_vertices.astype(np.float32)
        frames = [
            ParityFrame(each, neutral + (forward(each["weights"]) @ basis).reshape(-1, 3)) for each in inputs
        ]
        return ParityCase(tissue_inputs(setting), frames)

    def random_inputs(self, setting: TissueSetting, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """A random canonical expression, in part."""
        asked = self.network.weights.arrays["canonical"]
        return {"weights": (rng.uniform(0, 1) * asked[rng.integers(len(asked))]).astype(np.float32)}


def driven_vertices(
    folded: FoldedDriver, displacements_m: Float[np.ndarray, "478 3"], look_weights: Float[np.ndarray, "8"]
) -> Float[np.ndarray, "vertices 3"]:
    """The driver's vertices before lips are parted and eyeballs turned, as `SparseDriver` computes them."""
    assert folded.looks is not None
    looks = look_weights / np.float32(WEIGHT_UNIT)
    latent = folded.gain @ (displacements_m.ravel() - folded.looks @ looks) + folded.offset
    latent[LOOKS] = looks
    return folded.decode(folded.corrected(latent))


def tissue_inputs(setting: TissueSetting) -> dict[str, np.ndarray]:
    """A tissue as `specialise` takes it."""
    arrays = {"materials": setting.regions, "gravity_m_s2": setting.gravity, "bone_scale": setting.bones}
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _expressions(
    network: CharacterNetwork, setting: TissueSetting
) -> Float[np.ndarray, "expressions latent"]:
    code = network.condition[: len(network.weights.arrays["code_std"])]
    return expression_latents(network.weights, code, setting)

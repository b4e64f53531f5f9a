"""Measure what presets do to the default head, and print the table of docs/how_to/tissue.md.

    python -m landmark_driver.solved_edits.check_presets

Displacements are of the skin, from the default head at rest: in the simulator, and as the viewer shows them. Paralysis shows in a
smile alone. The viewer's driver has the solved resting head and how it gives way, as the solver's process sends them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tyro
from jaxtyping import Float, Int

from capture.frames.arkit import ARKIT_INDEX
from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.mesh_driver import MeshDriver
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.landmarks.secondary_motion import SecondaryMotion
from landmark_driver.solved_edits.resting_worker import QUICK, given_way
from landmark_driver.tissue.presets import PRESETS
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_parameters import GRAVITY
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_SMILE = ("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight")
_FPS, _SHAKEN_S = 30.0, 2.0


@dataclass(frozen=True)
class CheckPresets:
    """The presets, and the shake."""

    presets: tuple[str, ...] = tuple(PRESETS)
    shake_hz: float = 3.0
    shake_g: float = 3.0


@dataclass(frozen=True)
class PresetEffect:
    """What a preset does: mean and largest displacement of the skin, mm."""

    preset: str
    simulated_mm: tuple[float, float]
    shown_mm: tuple[float, float]
    """By the driver that has the solved resting head."""
    network_mm: tuple[float, float]
    """By the driver until that is solved."""
    smile_mm: tuple[float, float]
    """Of the simulated smile, from the default head's."""
    shaken_mm: tuple[float, float]
    """As the driver shows a head that is shaken from side to side."""


def check_presets(config: CheckPresets) -> Iterator[PresetEffect]:
    """Yield the effect of each preset on the default head.

    Args:
        config: the presets, and the shake.

    Returns:
        The effects in order.

    Raises:
        SampleFailed: for a preset without an equilibrium.
    """
    identities, character = load_identities(), Character.load("default")
    head = IdentityHead(identities.topology, character.head.neutral_vertices.astype(float), np.zeros(0))
    generate = SimulationPhysics(identities, solving=QUICK)(head)
    skin, still, smile = identities.topology.vertices_of("skin"), np.zeros(ARKIT_COUNT), _smile()
    usual = generate(smile, default_setting()).displacement
    for name in config.presets:
        setting = default_setting().with_values(PRESETS[name].values, PRESETS[name].gravity)
        rest = generate(still, setting).displacement
        network = shown_rest(character, setting, None)
        compliance = given_way(generate, setting, rest)
        edit = SolvedEdit(setting, rest.astype(np.float32), compliance=compliance)
        yield PresetEffect(
            name,
            _mean_and_largest_mm(rest, skin),
            _mean_and_largest_mm(shown_rest(character, setting, edit), skin),
            _mean_and_largest_mm(network, skin),
            _mean_and_largest_mm(generate(smile, setting).displacement - usual, skin),
            _mean_and_largest_mm(shaken(character, setting, edit, config), skin),
        )


def shown_rest(
    character: Character, setting: TissueSetting, edit: SolvedEdit | None
) -> Float[np.ndarray, "vertices 3"]:
    """Return how far the head at rest moves in the viewer's driver.

    Args:
        character: in its own tissue.
        setting: the other tissue.
        edit: the solved parts of it; None for the networks alone.

    Returns:
        (V, 3) metres, head frame.
    """
    driver, still = character.mesh_driver(), DriverInput(np.zeros_like(character.head.neutral_landmarks))
    before = driver(still).vertices
    return _in_tissue(driver, setting, edit)(still).vertices - before


def shaken(
    character: Character, setting: TissueSetting, edit: SolvedEdit, config: CheckPresets
) -> Float[np.ndarray, "vertices 3"]:
    """Return how far each vertex swings in the viewer's driver when the head is shaken from side to side in a sine.

    Args:
        character: in its own tissue.
        setting: the tissue.
        edit: the solved parts of it.
        config: frequency and acceleration of the shake.

    Returns:
        (V, 3) metres, head frame: half of the way between the extremes of the last second.
    """
    driver = _in_tissue(character.mesh_driver(), setting, edit)
    assert driver.material is not None
    motion, turning = SecondaryMotion(driver.material.sway_mode), 2 * np.pi * config.shake_hz
    still, shown, pose = np.zeros_like(character.head.neutral_landmarks), [], np.eye(4)
    for time_s in np.arange(0, _SHAKEN_S, 1 / _FPS):
        pose[0, 3] = config.shake_g * GRAVITY.default / turning**2 * (np.cos(turning * time_s) - 1)
        shown.append(driver(DriverInput(still, sway_m_s2=motion(pose, float(time_s)))).vertices)
    last = np.array(shown[-int(_FPS) :])
    return (last.max(0) - last.min(0)) / 2


def preset_row(effect: PresetEffect) -> str:
    """Return one line of the table, in Markdown.

    Args:
        effect: of one preset.

    Returns:
        The line, without its end.
    """
    pairs = (effect.simulated_mm, effect.shown_mm, effect.network_mm, effect.smile_mm, effect.shaken_mm)
    return f"| `{effect.preset}` | " + " | ".join("{:.2f}, {:.1f}".format(*pair) for pair in pairs) + " |"


def _in_tissue(driver: MeshDriver, setting: TissueSetting, edit: SolvedEdit | None) -> MeshDriver:
    assert driver.material is not None
    driver.material.set_material(setting, edit)
    return driver


def _smile() -> Float[np.ndarray, "52"]:
    weights = np.zeros(ARKIT_COUNT)
    weights[[ARKIT_INDEX[name] for name in _SMILE]] = 1.0
    return weights


def _mean_and_largest_mm(moved: np.ndarray, skin: Int[np.ndarray, "skin"]) -> tuple[float, float]:
    lengths = 1e3 * np.linalg.norm(moved[skin], axis=1)
    return float(lengths.mean()), float(lengths.max())


if __name__ == "__main__":
    print(
        "| preset | simulator, mm: mean, largest | viewer, mm | network alone, mm | smile, mm | shaken, mm |"
    )
    print("|---|---|---|---|---|---|")
    for found in check_presets(tyro.cli(CheckPresets)):
        print(preset_row(found), flush=True)

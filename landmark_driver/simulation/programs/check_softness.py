"""Measure how soft a head is, the ways in which living faces were measured, and print the tables of docs/physics.md.

    python -m landmark_driver.simulation.programs.check_softness

Gravity turns about the head without an expression: from upright to lying on the back, and to upside down. A disc presses the
skin. The head is shaken from side to side in a sine. Displacements are of skin nodes with respect to the upright head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tyro
from jaxtyping import Bool, Float, Int

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.simulated_head import SimulatedHead
from landmark_driver.simulation.programs.motion import MotionFrame, TissueMotion
from landmark_driver.simulation.programs.move_head import MotionSettings
from landmark_driver.simulation.programs.simulate_head import prepare_head
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.settled_derivative import settled_response
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.presets import PRESETS
from landmark_driver.tissue.tissue_parameters import GRAVITY, GRAVITY_M_S2, REGIONS
from landmark_driver.tissue.tissue_setting import default_setting

PLACES_MM = {
    "cheek": (48, -48, 6),
    "beside the lip": (33, -62, 14),
    "below the cheekbone": (48, -25, 8),
    "chin": (0, -105, 25),
    "cheekbone": (52, -10, 3),
    "forehead": (20, 45, 20),
}
"""Points near the left half of the default head's skin that a disc presses."""
AREAS = {
    "cheek": ("cheek",),
    "lower cheek": ("jaw",),
    "chin": ("chin",),
    "lips": ("upper_lip", "lower_lip"),
    "nose": ("nose",),
    "forehead": ("forehead",),
    "under the chin, neck": ("neck",),
}
"""Regions of `tissue_parameters.REGION_PAIRS` in the words of the measurements."""
_CLOSE = SolverSettings(tolerance_mm=0.003, max_iterations=1000)
_SHAKEN_S, _STEPS_A_PERIOD = 1.0, 20


@dataclass(frozen=True)
class CheckSoftness:
    """The tissue, the disc and the shake."""

    preset: str | None = None
    """A preset's tissue instead of the default; its gravity does not count."""
    disc_mm: float = 16.0
    """Diameter of the disc that presses."""
    shake_hz: float = 3.0
    shake_g: float = 3.0
    """Largest acceleration of the shake."""
    identities: str = DEFAULT_IDENTITIES


@dataclass(frozen=True)
class Softness:
    """Displacements of the skin (mean and largest over an area, mm), effective moduli (kPa), natural frequencies (Hz)."""

    supine_mm: dict[str, tuple[float, float]]
    inverted_mm: dict[str, tuple[float, float]]
    modulus_kpa: dict[str, float]
    frequency_hz: dict[str, float]
    shaken_mm: dict[str, tuple[float, float]]


def check_softness(head: SimulatedHead, config: CheckSoftness) -> Softness:
    """Return how soft a head is.

    Args:
        head: without an expression.
        config: the tissue, the disc and the shake.

    Returns:
        The measures.
    """
    values = {} if config.preset is None else PRESETS[config.preset].values
    setting = default_setting().with_values(values)
    simulator, bones = head.with_setting(setting), head.bones_of(setting)
    simulator.settings = _CLOSE
    lying, hanging = ((0.0, 0.0, -GRAVITY.default), (0.0, GRAVITY.default, 0.0))
    upright, supine, inverted = (
        simulator.solve_static(Load(None, bones, pull), contact=False).nodes
        for pull in (GRAVITY_M_S2, lying, hanging)
    )
    areas = {name: skin_of(head.layered, pairs) for name, pairs in AREAS.items()}
    load = Load(None, bones, GRAVITY_M_S2)
    swung = shaken(simulator, load, upright, config)
    return Softness(
        {name: _mean_and_largest_mm(supine - upright, rows) for name, rows in areas.items()},
        {name: _mean_and_largest_mm(inverted - upright, rows) for name, rows in areas.items()},
        {
            name: pressed_modulus_kpa(
                head.layered.wrap_faces, simulator, load, upright, 1e-3 * np.array(place), config.disc_mm
            )
            for name, place in PLACES_MM.items()
        },
        natural_frequencies_hz(simulator, load, upright, areas),
        {name: _mean_and_largest_mm(swung, rows) for name, rows in areas.items()},
    )


def skin_of(layered: LayeredHead, pairs: tuple[str, ...]) -> Bool[np.ndarray, "nodes"]:
    """Return which nodes are skin of some regions.

    Args:
        layered: gives the region of each wrap vertex.
        pairs: some of `REGION_PAIRS`.

    Returns:
        (nodes,) mask.
    """
    chosen = [index for index, name in enumerate(REGIONS) if name.rpartition("_")[0] in pairs]
    mask = np.zeros(len(layered.nodes), bool)
    mask[: layered.wrap_size] = np.isin(layered.region, chosen)
    return mask


def pressed_modulus_kpa(
    skin_faces: Int[np.ndarray, "faces 3"],
    simulator: Simulator,
    load: Load,
    nodes: Float[np.ndarray, "nodes 3"],
    place: Float[np.ndarray, "3"],
    disc_mm: float,
) -> float:
    """Return the effective Young's modulus under a disc of even pressure: that of an incompressible half-space as stiff.

        E = 16 (1 - ν²) F / (3 π² a δ),   ν = 1/2, F the force, a the disc's radius, δ its mean displacement

    (Johnson, Contact Mechanics, 1985, chapter 3.) It is linear about the settled state.

    Args:
        skin_faces: (faces, 3) nodes, counter-clockwise seen from outside.
        simulator: of the tissue.
        load: under which the nodes have settled.
        nodes: (nodes, 3) metres, settled.
        place: (3,) metres, head frame; the nearest skin node is the disc's middle.
        disc_mm: diameter of the disc.

    Returns:
        kPa.
    """
    skin = np.unique(skin_faces)
    pressed = skin[disc_nodes(nodes[skin], place, 5e-4 * disc_mm)]
    areas = np.bincount(skin_faces.ravel(), np.repeat(_face_areas(nodes, skin_faces) / 3, 3))
    share = areas[pressed] / areas[pressed].sum()
    inwards = -vertex_normals(nodes, skin_faces)[pressed].mean(0)
    force = np.zeros_like(nodes)
    force[pressed] = share[:, None] * inwards / np.linalg.norm(inwards)
    moved = settled_response(simulator, load, nodes, force)
    depth_m_n = float(np.sum(force * moved))
    return 1e-3 * 16 * 0.75 / (3 * np.pi**2 * 5e-4 * disc_mm * depth_m_n)


def disc_nodes(
    skin: Float[np.ndarray, "skin 3"], place: Float[np.ndarray, "3"], radius_m: float
) -> Int[np.ndarray, "pressed"]:
    """Return the skin nodes under a disc.

    Args:
        skin: (skin, 3) metres.
        place: (3,) metres; the nearest node is the disc's middle.
        radius_m: of the disc.

    Returns:
        (pressed,) rows of `skin`, at least one.
    """
    middle = skin[np.argmin(np.linalg.norm(skin - place, axis=1))]
    return np.flatnonzero(np.linalg.norm(skin - middle, axis=1) <= radius_m)


def natural_frequencies_hz(
    simulator: Simulator,
    load: Load,
    nodes: Float[np.ndarray, "nodes 3"],
    areas: dict[str, Bool[np.ndarray, "nodes"]],
) -> dict[str, float]:
    """Return Rayleigh's estimate of the natural frequency of areas that sag downwards.

        ω² = Σ m g·d / Σ m |d|²,   d the displacement under an additional g

    Args:
        simulator: of the tissue.
        load: under which the nodes have settled.
        nodes: (nodes, 3) metres, settled.
        areas: masks of nodes by name.

    Returns:
        Hz by name.
    """
    pull = np.array(GRAVITY_M_S2)
    mass = simulator.node_mass_kg
    sag = settled_response(simulator, load, nodes, mass[:, None] * pull)
    return {
        name: float(
            np.sqrt((mass[rows] @ (sag[rows] @ pull)) / (mass[rows] @ (sag[rows] ** 2).sum(1))) / (2 * np.pi)
        )
        for name, rows in areas.items()
    }


def shaken(
    simulator: Simulator, load: Load, upright: Float[np.ndarray, "nodes 3"], config: CheckSoftness
) -> Float[np.ndarray, "nodes 3"]:
    """Return how far each node swings when the head is shaken from side to side in a sine.

    Args:
        simulator: of the tissue.
        load: bones and gravity.
        upright: (nodes, 3) metres, settled.
        config: frequency and acceleration of the shake.

    Returns:
        (nodes, 3) metres, head frame: half of the way between the extremes of the last period.
    """
    turning = 2 * np.pi * config.shake_hz
    amplitude_m = config.shake_g * GRAVITY.default / turning**2
    step_s = 1 / (config.shake_hz * _STEPS_A_PERIOD)
    times = step_s * np.arange(1, 1 + round(_SHAKEN_S / step_s))
    poses = np.tile(np.eye(4), (len(times), 1, 1))
    poses[:, 0, 3] = amplitude_m * (np.cos(turning * times) - 1)
    motion = TissueMotion(simulator, step_s, MotionSettings(60.0).damping_hz)
    states = motion.run([MotionFrame(load, pose) for pose in poses], upright, T_world_head=np.eye(4))
    last = np.array([state.nodes for state in states][-_STEPS_A_PERIOD:])
    return (last.max(0) - last.min(0)) / 2


def softness_tables(softness: Softness) -> str:
    """Return the tables in Markdown.

    Args:
        softness: the measures.

    Returns:
        One table by area, and one by place of the disc.
    """
    rows = [
        f"| {name} | {_pair(softness.supine_mm[name])} | {_pair(softness.inverted_mm[name])} | "
        f"{softness.frequency_hz[name]:.0f} | {_pair(softness.shaken_mm[name])} |"
        for name in softness.supine_mm
    ]
    pressed = [f"| {name} | {modulus:.1f} |" for name, modulus in softness.modulus_kpa.items()]
    return "\n".join(
        [
            "| area | lying down, mm: mean, largest | upside down, mm | natural frequency, Hz | shaken, mm |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "| place | pressed, kPa |",
            "|---|---|",
            *pressed,
        ]
    )


def _pair(mean_and_largest: tuple[float, float]) -> str:
    return "{:.2f}, {:.1f}".format(*mean_and_largest)


def _mean_and_largest_mm(moved: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    lengths = 1e3 * np.linalg.norm(moved[rows], axis=1)
    return float(lengths.mean()), float(lengths.max())


def _face_areas(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


if __name__ == "__main__":
    arguments = tyro.cli(CheckSoftness)
    model = load_identities(arguments.identities)
    print(softness_tables(check_softness(prepare_head(model.mean(), model), arguments)))

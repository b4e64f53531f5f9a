"""The physics of a head, from weights to moved tissue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from capture.frames.weights_spec import parse_weights
from landmark_driver.identities.identity_names import DEFAULT_IDENTITIES
from landmark_driver.simulation.programs.simulation import Simulation
from landmark_driver.tissue.tissue_edits import regions_named
from landmark_driver.tissue.tissue_setting import default_setting


def simulate(
    weights: str | Path | Mapping[str, float],
    head: str | Path = "default",
    *,
    material: Mapping[str, float] | None = None,
    gravity: tuple[float, float, float] = (0.0, 0.0, 0.0),
    slide: Sequence[str] = (),
    contact: bool = True,
    fps: float | None = None,
    damping: float = 8.0,
    identities: str = DEFAULT_IDENTITIES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Simulation:
    """Let tissue come to rest under an expression's muscles, or move through a recording.

    Args:
        weights: ARKit weights by name, as in {"jawOpen": 0.7}, their text `jawOpen=0.7`, or path of a CSV.
        head: a mesh, a character's file, a person who ships, or "default" for the identity model's mean.
        material: values by name, as in {"cheek_left.stiffness": 0.5, "mandible.scale": 0.9}.
        gravity: (3,) m/s², head frame; with `fps` in the frame of a head that has not turned.
        slide: regions whose tissue slides on its bone, as in ["forehead"].
        contact: push touching surfaces apart.
        fps: frames a second of motion with inertia; None for an equilibrium in every frame.
        damping: with `fps`, the rate at which motion relative to the head decays, 1/s.
        identities: the head's identity model, as in `anny` or `flame:FILE`.
        progress: called with the frames done and their number.

    Returns:
        The moved tissue: `vertices` (T, V, 3) in metres, all arrays by name, and a report.

    Raises:
        CaptureError: for weights that cannot be read or cannot be.
        TissueSettingError: for names that do not exist, and values that cannot be simulated.
        HeadModelError: for a head or an identity model that cannot be used.
        SimulationError: where the physics has no answer.
    """
    from landmark_driver.identities.load_identities import load_identities
    from landmark_driver.identities.read_head import read_head
    from landmark_driver.simulation.programs.move_head import MotionSettings
    from landmark_driver.simulation.programs.simulate_head import (
        SimulationRequest,
        prepare_head,
        simulate_head,
    )

    recording = parse_weights(weights)
    motion = None if fps is None else MotionSettings(fps, damping)
    setting = default_setting().with_values(material or {}, gravity)
    sliding = [region for name in slide for region in regions_named(name)]
    model = load_identities(identities)
    prepared = prepare_head(read_head(str(head), model), model, sliding)
    return simulate_head(prepared, recording, SimulationRequest(setting, contact, motion), progress)

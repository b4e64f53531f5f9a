"""A character with other tissue whose edit the simulator has solved: the resting head, and on demand the table of its shapes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.character import Character
from landmark_driver.head.cache_folder import cache_folder
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.simulated_tissue import SimulatedTissue, SimulationPhysics
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.solved_edits.kept_solves import CLOSE, KeptSolves
from landmark_driver.solved_edits.shape_table import DIRECTIONS, solve_table
from landmark_driver.solved_edits.solved_edit_error import SolvedEditError
from landmark_driver.tissue.solved_edit import SolvedEdit


def solve_material(
    character: Character,
    values: dict[str, float],
    gravity: tuple[float, float, float] | None = None,
    *,
    table: bool = False,
    directions: int = DIRECTIONS,
    folder: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Character:
    """Return the character with other tissue, its edit solved by the simulator.

    Args:
        character: with networks.
        values: values by name that replace the character's own, as in {"cheek_left.strength": 0.0}.
        gravity: (3,) m/s^2, head frame; None keeps it.
        table: also settle the head's own shapes, 88 expressions in default tissue and 88 under the edit. It takes some minutes.
        directions: the number of common directions of the table.
        folder: keeps the solves, so that a stopped table goes on; None for this user's cache.
        progress: called with the number of settled expressions and of all. What it raises stops the table.

    Returns:
        The same head and scan with another target material, as `Character.with_material` makes it, and the solved parts. The
        report is in `provenance["solved_edit"]`.

    Raises:
        CharacterError: for a character without networks.
        TissueSettingError: for names that do not exist, and values that cannot be simulated.
        SolvedEditError: where the resting head has no equilibrium.
    """
    edited, start_s = character.with_target(character.tissue_with(values, gravity)), time.perf_counter()
    assert edited.network is not None
    setting, identities = edited.network.target, load_identities()
    head = IdentityHead(identities.topology, character.head.neutral_vertices.astype(float), np.zeros(0))
    physics = SimulationPhysics(identities, solving=CLOSE)
    solve = KeptSolves(folder or cache_folder() / "solved_edits", physics, head)
    rest = solve(np.zeros(ARKIT_COUNT), setting)
    if rest is None:
        raise SolvedEditError(
            "Expected tissue that comes to rest, got an edit without an equilibrium. Edit less, or leave the edit unsolved."
        )
    report: dict[str, Any] = {"rest_mm": round(float(1e3 * np.linalg.norm(rest, axis=1).max()), 3)}
    found = None
    if table:
        found, quality = solve_table(solve, setting, rest, directions, progress)
        report |= {
            "failures": quality.failures,
            "effect_mm": round(quality.effect_mm, 4),
            "left_mm": round(quality.left_mm, 4),
            "directions": len(found.directions),
        }
    compliance = (
        solve.tissue.gravity_compliance(setting) if isinstance(solve.tissue, SimulatedTissue) else None
    )
    report["seconds"] = round(time.perf_counter() - start_s, 1)
    network = edited.network.with_solved(SolvedEdit(setting, rest, found, compliance))
    return replace(edited, network=network, provenance=character.provenance | {"solved_edit": report})

"""A character with other tissue, solved by the simulator."""

from __future__ import annotations

from collections.abc import Callable

from landmark_driver.character import Character
from landmark_driver.tissue.presets import with_preset


def solve_material(
    character: Character,
    values: dict[str, float] | None = None,
    gravity: tuple[float, float, float] | None = None,
    *,
    preset: str | None = None,
    table: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Character:
    """Return the character with other tissue: `Character.with_material`, with the resting head solved by the simulator.

    Args:
        character: with networks.
        values: values by name that replace the character's own, as in {"cheek_left.strength": 0.0}.
        gravity: (3,) m/s^2, head frame; None for the preset's, or the character's own.
        preset: a name of `tissue/presets.py`, as in "jelly"; `values` stand on top of it.
        table: also settle the head's own shapes, for paralysis and stiffness. It takes some minutes; a stopped run goes on.
        progress: called with the number of settled expressions and of all.

    Returns:
        The character, to be saved or driven. `provenance["solved_edit"]` has the report.

    Raises:
        CharacterError: for a character without networks.
        TissueSettingError: for names that do not exist, and values that cannot be simulated.
        SolvedEditError: where the resting head has no equilibrium.
    """
    from landmark_driver.solved_edits import solve_material as solving

    edited, pull = with_preset(preset, values or {}, gravity)
    return solving.solve_material(character, edited, pull, table=table, progress=progress)

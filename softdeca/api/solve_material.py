"""A character with other tissue, solved by the simulator."""

from __future__ import annotations

from collections.abc import Callable

from landmark_driver.character import Character


def solve_material(
    character: Character,
    values: dict[str, float],
    gravity: tuple[float, float, float] | None = None,
    *,
    table: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Character:
    """Return the character with other tissue: `Character.with_material`, with the resting head solved by the simulator.

    Args:
        character: with networks.
        values: values by name that replace the character's own, as in {"cheek_left.strength": 0.0}.
        gravity: (3,) m/s^2, head frame; None keeps it.
        table: also settle the head's own shapes, for paralysis and stiffness. It takes some minutes; a stopped run goes on.
        progress: called with the number of settled expressions and of all.

    Returns:
        The character, to be saved or driven. `provenance["solved_edit"]` has the report.

    Raises:
        CharacterError: for a character without networks.
        TissueSettingError: for names that do not exist, and values that networks have not learned.
        SolvedEditError: where the resting head has no equilibrium.
    """
    from landmark_driver.solved_edits import solve_material as solving

    return solving.solve_material(character, values, gravity, table=table, progress=progress)

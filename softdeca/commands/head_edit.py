"""`softdeca head edit`: a character with other tissue, solved by the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from softdeca.commands.simulate import parse_vector
from softdeca.commands.terminal import say, show_progress
from softdeca.commands.usage_error import UsageError


@dataclass(frozen=True)
class HeadEdit:
    """Give a character other tissue, gravity or bones for good; the simulator solves its resting head."""

    character: Annotated[str, tyro.conf.Positional]
    """A character with networks, or a person who ships: default, woman, elder."""
    out: Path
    """The character to write (.safetensors)."""
    material: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """REGION.PARAMETER=VALUE, as in cheek_left.strength=0 or all.volume=1.3. Repeatable."""
    bone: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """mandible.scale=0.9 or cranium.scale=1.05. Repeatable."""
    gravity: str | None = None
    """X,Y,Z in m/s^2, head frame; the character's own where it is not given."""
    table: bool = False
    """Settle the head's own shapes as well, for paralysis and stiffness: some minutes; a stopped run goes on where it was."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Solve the edit and write the character.

        Returns:
            The report: path, seconds, largest displacement of the resting head and the table's quality in millimetres.

        Raises:
            UsageError: for an edit of nothing.
        """
        if not (self.material or self.bone or self.gravity):
            raise UsageError("Expected --material, --bone or --gravity, got none of them. Name an edit.")
        from capture.output_file import check_output
        from landmark_driver.character import Character
        from landmark_driver.tissue.tissue_edits import parse_tissue_edits
        from softdeca.api.solve_material import solve_material

        check_output(self.out, (".safetensors",))
        character = solve_material(
            Character.load(self.character),
            parse_tissue_edits((*self.material, *self.bone)),
            None if self.gravity is None else parse_vector(self.gravity),
            table=self.table,
            progress=show_progress("expressions"),
        )
        character.save(self.out)
        report = character.provenance["solved_edit"]
        for line in _lines(report):
            say(f"{line}: {self.out}")
        return {"path": str(self.out)} | report


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [
        f"the resting head moves by up to {report['rest_mm']:.2f} mm, solved in {report['seconds']:.1f} s"
    ]
    if "directions" in report:
        lines.append(
            f"table of {report['directions']} directions: the edit moves the shapes by {report['effect_mm']:.3f} mm, "
            f"{report['left_mm']:.3f} mm left out"
        )
    return lines

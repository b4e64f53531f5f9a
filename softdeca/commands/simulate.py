"""`softdeca simulate`: the physics itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from landmark_driver.identities.identity_names import DEFAULT_IDENTITIES
from softdeca.commands.choices import IdentitiesChoice, PresetChoice
from softdeca.commands.terminal import say, show_progress
from softdeca.commands.usage_error import UsageError


@dataclass(frozen=True)
class Simulate:
    """Let tissue come to rest under an expression's muscles, or move, with any material, gravity and bones."""

    weights: str
    """jawOpen=0.7,mouthSmileLeft=1 or a CSV of ARKit weights."""
    out: Path
    """The .npz to write."""
    head: str = "default"
    gravity: str | None = None
    """X,Y,Z in m/s^2, head frame: 0,-9.81,0 for a head held upright. With --dynamic in the frame of a head
    that has not turned. The preset's where it is not given, and none without a preset."""
    preset: PresetChoice = None
    material: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """REGION.PARAMETER=VALUE, as in cheek_left.stiffness=0.5 or all.volume=1.3. Repeatable."""
    bone: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """mandible.scale=0.9 or cranium.scale=1.05. Repeatable."""
    slide: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """A region whose tissue slides on its bone instead of growing on it, as in forehead. Repeatable."""
    contact: bool = True
    """Push touching surfaces apart."""
    dynamic: float | None = None
    """Frames a second: tissue moves with inertia. A CSV's HeadYaw, HeadPitch and HeadRoll turn the head; one
    expression is held for a second."""
    damping: float = 8.0
    """With --dynamic: the rate at which motion relative to the head decays, 1/s."""
    identities: IdentitiesChoice = DEFAULT_IDENTITIES
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Settle or move the tissue and write the result.

        Returns:
            The report: the worst residuals in millimetres and newtons, the mean time a frame in milliseconds.
        """
        from capture.output_file import check_output
        from landmark_driver.tissue.tissue_edits import parse_tissue_edits
        from softdeca.api.simulate import simulate

        check_output(self.out, (".npz",))
        simulation = simulate(
            self.weights,
            self.head,
            material=parse_tissue_edits((*self.material, *self.bone)),
            gravity=None if self.gravity is None else parse_vector(self.gravity),
            preset=self.preset,
            slide=self.slide,
            contact=self.contact,
            fps=self.dynamic,
            damping=self.damping,
            identities=self.identities,
            progress=show_progress("frames"),
        )
        simulation.save(self.out)
        report = {"path": str(self.out)} | simulation.report
        say(
            f"residual {report['residual_mm']:.4f} mm after {report['iterations']:.0f} iterations: {self.out}"
        )
        return report


def parse_vector(text: str) -> tuple[float, float, float]:
    """Return the three numbers in a text.

    Args:
        text: `X,Y,Z`.

    Returns:
        The numbers, in the text's unit.

    Raises:
        UsageError: for any other text.
    """
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"Expected three numbers X,Y,Z, got '{text}'. Write them as in 0,-9.81,0."
        ) from error
    return x, y, z

"""`softdeca head fit`: a character from a scan or from pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from softdeca.commands.terminal import say, show_step
from softdeca.commands.usage_error import UsageError


@dataclass(frozen=True)
class HeadFit:
    """Make a character from a scan, whose own vertices will move with your face, or from pictures."""

    out: Path
    """The character to write (.safetensors)."""
    scan: Annotated[Path | None, tyro.conf.Positional] = None
    """.obj, .ply, .stl or .glb; any unit, orientation and position."""
    photo: tyro.conf.UseAppendAction[tuple[Path, ...]] = ()
    """A picture from the front; more from half left and half right help. Repeatable, instead of a scan."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Fit the character and write it.

        Returns:
            The report: path and time in seconds; for a scan also its errors in millimetres.

        Raises:
            UsageError: for both a scan and pictures, or neither.
        """
        if (self.scan is None) == (not self.photo):
            raise UsageError("Expected a scan or --photo PICTURE, got both or neither. Give one.")
        from capture.output_file import check_output
        from softdeca.api.fit import fit_photos, fit_scan

        check_output(self.out, (".safetensors",))
        started_s = time.perf_counter()
        character = (
            fit_photos(self.photo, progress=show_step)
            if self.scan is None
            else fit_scan(self.scan, progress=show_step)
        )
        character.save(self.out)
        fit = character.provenance["fit"]
        for line in _lines(fit):
            say(f"{line}: {self.out}")
        return {"path": str(self.out), "seconds": round(time.perf_counter() - started_s, 1)} | fit


def _lines(fit: dict[str, Any]) -> list[str]:
    """Return the words for a fit's report."""
    if "photos" in fit:
        return [f"a head from {fit['photos']} pictures"]
    error = fit["surface_error_mm"]
    said = f"surface error {error['mean']:.2f} mm in the face, 95 % below {error['p95']:.2f}"
    return [*fit["notes"], said]

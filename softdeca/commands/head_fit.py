"""`softdeca head fit`: a character from a scan or from pictures."""

from __future__ import annotations

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
        return self._from_photos() if self.scan is None else self._from_scan(self.scan)

    def _from_photos(self) -> dict[str, Any]:
        from landmark_driver.head_fit.photos.photo_file import photo_file
        from landmark_driver.identities.load_identities import load_identities

        report = photo_file(list(self.photo), self.out, load_identities(), show_step)
        say(f"a head from {report['photos']} pictures: {self.out}")
        return report

    def _from_scan(self, scan: Path) -> dict[str, Any]:
        from landmark_driver.head_fit.scans.fit_file import fit_file
        from landmark_driver.identities.load_identities import load_identities

        report = fit_file(scan, self.out, load_identities(), show_step)
        error = report["surface_error_mm"]
        for note in report["notes"]:
            say(note)
        say(f"surface error {error['mean']:.2f} mm in the face, 95 % below {error['p95']:.2f}: {self.out}")
        return report

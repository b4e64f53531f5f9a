"""`softdeca drive`: a video or a take becomes a file of motion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from softdeca.commands.choices import DriverChoice, HeadChoice
from softdeca.commands.terminal import show_progress


@dataclass(frozen=True)
class Drive:
    """Drive a head from a video or a take, offline, and write its motion."""

    input: Annotated[Path, tyro.conf.Positional]
    """A video, or a take (.mcap)."""
    out: Path
    """The file to write; its ending, .npz, .glb or .usdc, chooses the format."""
    head: HeadChoice = "default"
    driver: DriverChoice = None
    neutral: str = "auto"
    """auto, or the number of seconds at the start that are neutral."""
    template: bool = False
    """For a head made from a scan: write the template's vertices (metres, head frame), not the scan's own."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Drive the head and write its motion.

        Returns:
            The report, as values for JSON.
        """
        from export.animation.drive_to_file import drive_to_file

        driven = drive_to_file(
            self.input,
            self.out,
            self.head,
            driver=self.driver,
            neutral=self.neutral,
            template=self.template,
            progress=show_progress("frames"),
        )
        return asdict(driven)

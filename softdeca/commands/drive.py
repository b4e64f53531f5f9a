"""`softdeca drive`: a video or a take becomes a file of motion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from softdeca.commands.terminal import show_progress


@dataclass(frozen=True)
class Drive:
    """Drive a head from a video or a take, offline, and write its motion."""

    input: Annotated[Path, tyro.conf.Positional]
    """A video, or a take (.mcap)."""
    out: Path
    """The .npz, .glb or .usdc to write."""
    head: str = "default"
    driver: Literal["landmarks", "weights", "linear"] | None = None
    """The same choices as in `live`."""
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

        progress = show_progress("frames")
        return asdict(
            drive_to_file(self.input, self.out, self.head, self.neutral, progress, self.template, self.driver)
        )

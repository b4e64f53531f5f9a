"""A recording driven into a file; its ending chooses the format."""

from __future__ import annotations

from pathlib import Path

from export.animation.animation_glb import write_glb
from export.animation.animation_usd import require_usd, write_usd
from landmark_driver.drivers.make_driver import DriverName
from landmark_driver.live.drive_file import DrivenFile, Progress, drive_file
from landmark_driver.live.drive_recording import write_npz

WRITERS = {".npz": write_npz, ".glb": write_glb, ".usdc": write_usd}


def drive_to_file(
    input_path: Path,
    out: Path,
    head: str,
    neutral: str,
    progress: Progress,
    template: bool = False,
    driver: DriverName | None = None,
) -> DrivenFile:
    """Drives `head` with the recording and writes `out`. Raises named errors for bad input.

    A missing package is named before a long recording is tracked.
    """
    if out.suffix == ".usdc":
        require_usd()
    return drive_file(input_path, out, head, neutral, progress, WRITERS, template, driver)

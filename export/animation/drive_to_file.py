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
    """Drive a head with a recording and write the result in the format of its ending.

    Args:
        input_path: a video, or a take (.mcap).
        out: a .npz, .glb or .usdc file.
        head: path of a .safetensors character, or "default".
        neutral: number of seconds at the start that are neutral, or "auto" for the calmest frames.
        progress: called with the frames tracked so far and the frames of the video.
        template: writes a scan's registered head instead of the scan.
        driver: name of the driver; None for the character's default one.

    Returns:
        The file's path, its frames, and how many of them were tracked.

    Raises:
        ExportError: for .usdc without usd-core, named before a long recording is tracked.
        OutputError: where `out` cannot be written to.
        SourceError: for a recording without frames or face, and for another `neutral`.
        TakeError: for a take that is missing or damaged.
        TrackingModelError: where MediaPipe's model is missing.
        CharacterError: for a character file that cannot be used.
        DriverError: for a driver that the character has no networks for.
    """
    if out.suffix == ".usdc":
        require_usd()
    return drive_file(input_path, out, head, neutral, progress, WRITERS, template, driver)

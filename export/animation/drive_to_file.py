"""A recording driven into a file; its ending chooses the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from capture.output_file import check_output
from export.animation.animation_glb import write_glb
from export.animation.animation_usd import require_usd, write_usd
from landmark_driver.character import Character
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.live.drive import Progress, drive
from landmark_driver.live.drive_recording import DrivenSummary, write_npz
from landmark_driver.live.face_driver import DrivenFace


class Writer(Protocol):
    """A function that writes driven faces to a file, as `write_npz` does."""

    def __call__(
        self, path: Path, faces: Iterator[DrivenFace], count: int, character: Character
    ) -> DrivenSummary: ...


@dataclass(frozen=True)
class MotionFormat:
    """A format of driven faces."""

    write: Writer
    require: Callable[[], None] = lambda: None
    """Raises the error of a package that is missing."""


FORMATS = {
    ".npz": MotionFormat(write_npz),
    ".glb": MotionFormat(write_glb),
    ".usdc": MotionFormat(write_usd, require_usd),
}
"""The formats by their endings."""


@dataclass(frozen=True)
class DrivenFile:
    """The result of `softdeca drive`: the file, and how many of its frames show a tracked face."""

    path: str
    frames: int
    tracked: int
    tracked_fraction: float


def drive_to_file(
    recording: str | Path,
    out: str | Path,
    character: str | Path | Character = "default",
    *,
    driver: DriverName | None = None,
    neutral: str = "auto",
    template: bool = False,
    progress: Progress = lambda done, total: None,
) -> DrivenFile:
    """Drive a character with a recording and write the result in the format of its ending.

    Args:
        recording: a video, or a take (.mcap).
        out: a .npz, .glb or .usdc file.
        character: a character, path of one, or "default".
        driver: name of the driver; None for the character's default one.
        neutral: number of seconds at the start that are neutral, or "auto" for the calmest frames.
        template: writes a scan's registered head instead of the scan.
        progress: called with the frames tracked so far and the frames of the video.

    Returns:
        The file's path, its frames, and how many of them were tracked.

    Raises:
        ExportError: for .usdc without usd-core, named before a long recording is tracked.
        OutputError: for an ending without a format, and where `out` cannot be written to.
        SourceError: for a recording without frames or face, and for another `neutral`.
        TakeError: for a take that is missing or damaged.
        TrackingModelError: where MediaPipe's model is missing.
        CharacterError: for a character file that cannot be used.
        DriverError: for a driver that the character has no networks for.
    """
    out = Path(out)
    check_output(out, tuple(FORMATS))
    FORMATS[out.suffix].require()
    whole = character if isinstance(character, Character) else Character.load(character)
    driven = drive(
        recording,
        whole.without_scan() if template else whole,
        driver=driver,
        neutral=neutral,
        progress=progress,
    )
    summary = FORMATS[out.suffix].write(out, iter(driven), len(driven), driven.character)
    return DrivenFile(str(out), summary.frames, summary.tracked, round(summary.tracked / summary.frames, 4))

"""`softdeca drive`: a video or a take in, the moved head out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.output_file import check_output
from capture.sources.video_source import track_video
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drivers.make_driver import DriverName
from landmark_driver.live.drive_recording import (
    DrivenSummary,
    drive_recording,
    find_neutral,
    neutral_seconds,
    write_npz,
)
from landmark_driver.live.face_driver import DrivenFace
from landmark_driver.live.one_blas_thread import one_blas_thread

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DrivenFile:
    path: str
    frames: int
    tracked: int
    tracked_fraction: float


class Writer(Protocol):
    """Writes driven faces to a file, as `write_npz` does."""

    def __call__(
        self, path: Path, faces: Iterator[DrivenFace], count: int, character: Character
    ) -> DrivenSummary: ...


ARRAYS_ONLY: Mapping[str, Writer] = {".npz": write_npz}


def drive_file(
    input_path: Path,
    out: Path,
    head: str,
    neutral: str,
    progress: Progress,
    writers: Mapping[str, Writer] = ARRAYS_ONLY,
    template: bool = False,
    driver: DriverName | None = None,
) -> DrivenFile:
    """Drives `head` with the recording and writes `out` with the writer of its ending.

    With `template`, a scan's registered head is written instead of the scan.
    Raises named errors for bad input.
    """
    check_output(out, tuple(writers))
    neutral_seconds(neutral)
    character = Character.load(head)
    character = character.without_scan() if template else character
    character.mesh_driver(driver)  # a driver that the character lacks is named before a long tracking
    frames = _frames(input_path, progress)
    if not frames:
        raise SourceError(
            f"Expected a recording with frames, got none in '{input_path}'. Choose another one."
        )
    points = find_neutral(frames, neutral)
    with one_blas_thread():
        faces = drive_recording(frames, character, points, driver)
        summary = writers[out.suffix](out, faces, len(frames), character)
    return DrivenFile(str(out), summary.frames, summary.tracked, round(summary.tracked / summary.frames, 4))


def _frames(path: Path, progress: Progress) -> list[LandmarkFrame]:
    if ".mcap" in path.suffixes[-2:]:  # an interrupted recording is called NAME.mcap.part
        return list(read_take(path))
    frames = []
    with track_video(path) as video:
        for frame in video:
            frames.append(frame)
            progress(len(frames), max(video.frame_count or 0, len(frames)))
    return frames

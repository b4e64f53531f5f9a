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
    """The result of `softdeca drive`: the file, and how many of its frames show a tracked face."""

    path: str
    frames: int
    tracked: int
    tracked_fraction: float


class Writer(Protocol):
    """A function that writes driven faces to a file, as `write_npz` does."""

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
    """Drive a character with a recording and write the moved head with the writer of the output's ending.

    Args:
        input_path: a video, or a take (.mcap).
        out: the file to write.
        head: path of a .safetensors character, or "default".
        neutral: "auto", or the seconds of the start that are neutral.
        progress: called with the frames tracked so far, and the frames in all, for videos.
        writers: by ending, as in ".npz".
        template: write a scan's registered head instead of the scan.
        driver: which driver; None for `landmarks` where there are networks, else `linear`.

    Returns:
        The file's path, its frames, and how many of them show a tracked face.

    Raises:
        OutputError: for an ending without a writer, or a path that cannot be written to.
        SourceError: for a recording that cannot be read, has no frames or no face, or a `neutral` of another form.
        TakeError: for a take that is missing or damaged.
        TrackingModelError: for a missing face landmarker model.
        CharacterError: for a character that cannot be read.
        DriverError: for a driver that needs networks where there are none.
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

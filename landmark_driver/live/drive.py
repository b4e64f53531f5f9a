"""A recording that drives a character: a video or a take in, one moved face a frame out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.video_source import track_video
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.live.drive_recording import drive_recording, find_neutral, neutral_seconds
from landmark_driver.live.face_driver import DrivenFace
from landmark_driver.live.one_blas_thread import one_blas_thread

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DrivenRecording:
    """A recording and the character that it drives; iterating over it drives every frame, in order."""

    frames: Sequence[LandmarkFrame]
    character: Character
    neutral: Float[np.ndarray, "478 3"]
    """The performer's neutral points: metres, MediaPipe's face frame."""
    driver: DriverName | None = None
    """None for `landmarks` where there are networks, else `linear`."""

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[DrivenFace]:
        with one_blas_thread():
            yield from drive_recording(self.frames, self.character, self.neutral, self.driver)


def drive(
    recording: str | Path,
    character: str | Path | Character = "default",
    *,
    driver: DriverName | None = None,
    neutral: str = "auto",
    progress: Progress = lambda done, total: None,
) -> DrivenRecording:
    """Read a recording, and prepare a character to be driven by it.

    Args:
        recording: path of a video, or of a take (.mcap).
        character: a character, path of one, or "default".
        driver: which driver; None for `landmarks` where there are networks, else `linear`.
        neutral: "auto", or the seconds of the start that are neutral.
        progress: called with the frames tracked so far, and the frames in all, for videos.

    Returns:
        The frames with the character; iterate over it for one driven face a frame, vertices in metres.

    Raises:
        SourceError: for a recording that cannot be read, has no frames or no face, or a `neutral` of another form.
        TakeError: for a take that is missing or damaged.
        TrackingModelError: for a missing face landmarker model.
        CharacterError: for a character that cannot be read.
        DriverError: for a driver that needs networks where there are none.
    """
    neutral_seconds(neutral)
    driven = character if isinstance(character, Character) else Character.load(character)
    driven.mesh_driver(driver)  # a driver that the character lacks is named before a long tracking
    frames = _frames(Path(recording), progress)
    if not frames:
        raise SourceError(f"Expected a recording with frames, got none in '{recording}'. Choose another one.")
    return DrivenRecording(frames, driven, find_neutral(frames, neutral), driver)


def _frames(path: Path, progress: Progress) -> list[LandmarkFrame]:
    if ".mcap" in path.suffixes[-2:]:  # an interrupted recording is called NAME.mcap.part
        return list(read_take(path))
    frames = []
    with track_video(path) as video:
        for frame in video:
            frames.append(frame)
            progress(len(frames), max(video.frame_count or 0, len(frames)))
    return frames

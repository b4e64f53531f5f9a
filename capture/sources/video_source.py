"""A video file as a source of landmark frames: every frame of it, as fast as it can be tracked."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType

from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.tracking.tracker_link import TRACKER_MODULE, TrackerLink
from capture.tracking.tracker_messages import TrackerJob
from capture.tracking.tracking_model import find_tracking_model

MAX_SIDE_PX = 1280
"""Larger pictures are halved, or more: in 1920 x 1080 px that moves the landmarks by 0.8 px rms."""


class TrackedVideo(Iterator[LandmarkFrame]):
    """The frames of one video, in order; `frame_count` is the number that the file claims to hold, or None.

    Tracking goes on in a process of its own while the caller works on earlier frames. It ends when
    the last frame is taken, on `close`, at the end of a `with` block, or when nobody holds this any more.
    """

    def __init__(self, link: TrackerLink) -> None:
        self.frame_count = link.header.frame_count
        self.process = link.process
        self._frames = _closing_frames(link)
        next(self._frames)  # from here on the generator owns the process

    def __next__(self) -> LandmarkFrame:
        frame = next(self._frames)
        assert frame is not None
        return frame

    def close(self) -> None:
        """End the tracking process; harmless when repeated."""
        self._frames.close()

    def __enter__(self) -> TrackedVideo:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def track_video(
    path: Path,
    *,
    model_path: Path | None = None,
    max_side_px: int = MAX_SIDE_PX,
    tracker_module: str = TRACKER_MODULE,
) -> TrackedVideo:
    """Return the landmark frames of a video, one for every picture, face or no face.

    Args:
        path: the video file.
        model_path: MediaPipe's face landmarker; None for the installed one.
        max_side_px: pictures with a longer side, pixels, are made smaller for tracking.
        tracker_module: the module that is run as the tracker's process.

    Returns:
        The frames in order. `capture_time_s` is the media time in seconds, always increasing; `image_size_px` is the
        upright picture's full size, whatever `max_side_px` made of it for tracking.

    Raises:
        SourceError: where the file is missing, empty or no video.
        TrackingModelError: where the model is missing or not the pinned one.
    """
    _check_file(Path(path))
    model = find_tracking_model(model_path)
    job = TrackerJob(str(Path(path).resolve()), str(model.resolve()), max_side_px)
    return TrackedVideo(TrackerLink(job, tracker_module))


def _check_file(path: Path) -> None:
    if not path.exists():
        raise SourceError(f"Expected a video file, got '{path}', which does not exist. Check the path.")
    if not path.is_file():
        raise SourceError(f"Expected a video file, got '{path}', which is a folder. Name a file in it.")
    try:
        with path.open("rb") as file:
            start = file.read(1)
    except PermissionError as error:
        raise SourceError(
            f"Expected a video file, got '{path}', which may not be read. Change its permissions."
        ) from error
    if not start:
        raise SourceError(f"Expected a video file, got '{path}', which is empty. Record or copy it again.")


def _closing_frames(link: TrackerLink) -> Generator[LandmarkFrame | None, None, None]:
    try:
        yield None
        yield from link.frames()
    finally:
        link.close()

"""A live source as an iterator; the newest frame wins."""

from __future__ import annotations

from collections.abc import Iterator

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.newest_frame import NewestFrame
from capture.sources.live_source import LiveSource


def newest_frames(source: LiveSource) -> Iterator[LandmarkFrame]:
    """Yield the newest frame of a source whenever there is one; the source runs as long as the iterator.

    Args:
        source: an open source that has not started.

    Yields:
        Frames in order. Frames that come while the last one is in use are dropped, all but the newest.

    Raises:
        CaptureError: the error that ended the source.
    """
    mailbox: NewestFrame[LandmarkFrame] = NewestFrame()
    source.start(mailbox.put, mailbox.close)
    try:
        while (frame := mailbox.take()) is not None:
            yield frame
    finally:
        source.stop()
    if source.error is not None:
        raise source.error

"""A camera of this machine as a live source of landmark frames; the newest frame wins."""

from __future__ import annotations

import threading
from collections.abc import Generator

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.newest_frame import NewestFrame
from capture.sources.video_source import MAX_SIDE_PX
from capture.tracking.tracker_link import SECONDS_TO_END, TRACKER_MODULE, TrackerLink
from capture.tracking.tracker_messages import TrackerJob
from capture.tracking.tracking_model import find_tracking_model


def track_webcam(index: int, *, tracker_module: str = TRACKER_MODULE) -> Generator[LandmarkFrame, None, None]:
    """Return live frames from a camera; closing the generator frees the camera.

    Args:
        index: number of the camera; 0 is the first.
        tracker_module: the module that is run as the tracker's process.

    Returns:
        The frames; a taker slower than the camera misses some instead of falling behind. `sequence` counts the
        camera's pictures and shows the gaps.

    Raises:
        SourceError: where there is no such camera, no permission, or where it stops sending.
        TrackingModelError: where the model is missing or not the pinned one.

    Both times run on `time.perf_counter()`, which all processes of one machine share (Linux: CLOCK_MONOTONIC, macOS:
    mach_absolute_time; Windows: the tick count since boot, in steps of 16 ms before Python 3.13). The camera is opened
    by the first `next`, and errors come from there.
    """
    model = find_tracking_model()
    link = TrackerLink(TrackerJob(index, str(model.resolve()), MAX_SIDE_PX), tracker_module)
    newest: NewestFrame[LandmarkFrame] = NewestFrame()
    failures: list[BaseException] = []
    reader = threading.Thread(target=_read, args=(link, newest, failures), daemon=True)
    reader.start()
    try:
        while (frame := newest.take()) is not None:
            yield frame
    finally:
        link.ask_to_stop()
        reader.join(SECONDS_TO_END)
        if reader.is_alive():
            link.process.kill()
            reader.join()
        link.close()
    if failures:
        raise failures[0]


def _read(link: TrackerLink, newest: NewestFrame[LandmarkFrame], failures: list[BaseException]) -> None:
    try:
        for frame in link.frames():
            newest.put(frame)
    except BaseException as error:  # raised by the taker
        failures.append(error)
    finally:
        newest.close()

"""A video file's pictures, upright and with media times, decoded ahead of the caller."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from capture.cameras.picture import Picture, picture_from_bgr
from capture.frames.capture_error import SourceError

AHEAD = 4
"""Pictures decoded ahead: enough to keep two cores busy, little enough memory for 4K."""

DEFAULT_FPS = 30.0
"""Assumed spacing where a file claims none."""


class VideoPictures:
    """The pictures of the video at `path`, to be iterated once.

    Args:
        path: the video file.
        max_side_px: largest width or height of a picture, pixels; larger ones are made smaller.

    Raises:
        SourceError: where OpenCV finds no video in the file.
    """

    def __init__(self, path: Path, max_side_px: int) -> None:
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self._max_side_px = max_side_px
        self._stopped = threading.Event()
        self._first = self._read()
        self._second = self._read() if self._first else None
        if not self._is_video(path):
            self._capture.release()
            raise SourceError(
                f"Expected a video with at least one picture (mp4, mov, webm, avi, mkv), "
                f"got '{path}', in which none can be read. Convert it or choose another file."
            )
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._spacing_s = 1 / (fps if 0 < fps < 1000 else DEFAULT_FPS)
        claimed = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = int(claimed) if claimed > 0 else None

    def _is_video(self, path: Path) -> bool:
        # A still picture decodes as a video of one frame, a page of text as a scrolling terminal.
        still = self._second is None and cv2.haveImageReader(str(path))
        text = self._capture.get(cv2.CAP_PROP_FOURCC) == cv2.VideoWriter.fourcc(*"ansi")
        return self._first is not None and not still and not text

    def __iter__(self) -> Iterator[Picture]:
        ready: queue.Queue[Picture | BaseException | None] = queue.Queue(AHEAD)
        thread = threading.Thread(target=self._decode, args=(ready,), daemon=True)
        thread.start()
        try:
            while (picture := ready.get()) is not None:
                if isinstance(picture, BaseException):
                    raise picture
                yield picture
        finally:
            self._stop(thread, ready)

    def _stop(self, thread: threading.Thread, ready: queue.Queue) -> None:
        self._stopped.set()
        while thread.is_alive():
            while not ready.empty():
                ready.get_nowait()
            thread.join(0.01)
        self._capture.release()

    def _decode(self, ready: queue.Queue) -> None:
        try:
            for picture in self._pictures():
                ready.put(picture)
                if self._stopped.is_set():
                    return
            ready.put(None)
        except BaseException as error:  # handed to the taker, who raises it
            ready.put(error)

    def _pictures(self) -> Iterator[Picture]:
        last_s = -np.inf
        for sequence, (bgr, time_s) in enumerate(self._decoded()):
            last_s = repaired_time(last_s, time_s, self._spacing_s)
            yield picture_from_bgr(sequence, last_s, bgr, self._max_side_px)

    def _decoded(self) -> Iterator[tuple[np.ndarray, float]]:
        ahead = (self._first, self._second)
        self._first = self._second = None
        for decoded in ahead:
            if decoded:
                yield decoded
        while decoded := self._read():
            yield decoded

    def _read(self) -> tuple[np.ndarray, float] | None:
        found, bgr = self._capture.read()
        if not found:
            return None
        return bgr, self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000


def repaired_time(last_s: float, time_s: float, spacing_s: float) -> float:
    """Return a picture's time, which is always later than the one before.

    Args:
        last_s: media time of the picture before, seconds; -inf for the first picture.
        time_s: time stamp in the file, seconds.
        spacing_s: time between two pictures, seconds.

    Returns:
        `time_s` where it is later than `last_s`, else `last_s + spacing_s`, seconds; 0 for a first picture
        without a time stamp.

    Files with damaged or missing time stamps repeat them or jump back; a take must not.
    """
    if np.isfinite(time_s) and time_s > last_s:
        return time_s
    return last_s + spacing_s if np.isfinite(last_s) else 0.0

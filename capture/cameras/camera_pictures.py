"""A camera's pictures as they come; the newest one wins."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2

from capture.cameras.picture import Picture, picture_from_bgr
from capture.frames.capture_error import SourceError
from capture.frames.newest_frame import NewestFrame

PATIENCE_S = 5.0
"""A camera may take this long for its first picture, and between two."""


class CameraPictures:
    """The pictures of camera `index`, to be iterated once.

    `capture_time_s` is this machine's `time.perf_counter()` at the moment the driver hands the picture
    over. That is later than the light by the exposure and the transport, which no driver reports reliably.

    Args:
        index: number of the camera; 0 is the first.
        max_side_px: largest width or height of a picture, pixels; larger ones are made smaller.

    Raises:
        SourceError: where there is no such camera or no permission, and where it stops sending.
    """

    frame_count = None

    def __init__(self, index: int, max_side_px: int) -> None:
        _check_permission(index)
        backend = cv2.CAP_V4L2 if sys.platform.startswith("linux") else cv2.CAP_ANY
        self._capture = cv2.VideoCapture(index, backend)
        if not self._capture.isOpened():
            raise _nothing_there(index)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._index = index
        self._max_side_px = max_side_px
        self._newest: NewestFrame[Picture] = NewestFrame()
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Picture]:
        thread = threading.Thread(target=self._grab, daemon=True)
        thread.start()
        try:
            while (picture := self._newest.take(PATIENCE_S)) is not None:
                yield picture
            raise SourceError(
                f"Expected pictures from camera {self._index}, got none for {PATIENCE_S:g} s or their end. "
                "Plug it in again, or close the program that took it over."
            )
        finally:
            self._stopped.set()
            thread.join(1.0)

    def _grab(self) -> None:
        try:
            for sequence in itertools.count():
                if self._stopped.is_set() or not self._capture.grab():
                    return
                capture_time_s = time.perf_counter()
                found, bgr = self._capture.retrieve()
                if found:
                    self._newest.put(picture_from_bgr(sequence, capture_time_s, bgr, self._max_side_px))
        finally:
            self._newest.close()
            self._capture.release()


def _check_permission(index: int) -> None:
    device = Path(f"/dev/video{index}")
    if sys.platform.startswith("linux") and device.exists() and not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(
            f"Expected permission to use camera {index} ({device}), got none. "
            f"Add yourself to the group '{device.group()}' and log in again."
        )


def _nothing_there(index: int) -> SourceError:
    if sys.platform.startswith("linux"):
        devices = ", ".join(sorted(str(device) for device in Path("/dev").glob("video*"))) or "none"
        return SourceError(
            f"Expected a camera with number {index}, got none that opens (devices: {devices}). "
            "Plug one in, close the program that uses it, or choose another number."
        )
    return SourceError(
        f"Expected a camera with number {index}, got none that opens. Plug one in, allow this terminal "
        "to use the camera in the system's privacy settings, or choose another number."
    )

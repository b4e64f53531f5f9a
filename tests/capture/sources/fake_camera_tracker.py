"""The tracker process on a machine with cameras that do not exist.

Camera 0 gives 30 pictures a second without end, camera 7 is unplugged after five; no other opens.
"""

import itertools
import time

import cv2

from capture.tracking.tracker_process import main
from tests.astronaut_video import astronaut_pictures

FPS = 30.0


class FakeCamera:
    """Stands in for `cv2.VideoCapture`."""

    def __init__(self, index: int, backend: int) -> None:
        self._index = index
        self._pictures = itertools.cycle(list(astronaut_pictures(60, FPS, (320, 240))))
        self._grabbed = 0

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        return self._index in (0, 7)

    def set(self, setting: int, value: float) -> bool:
        return False

    def grab(self) -> bool:
        time.sleep(1 / FPS)
        self._grabbed += 1
        return self._index == 0 or self._grabbed <= 5

    def retrieve(self):
        return True, next(self._pictures)

    def release(self) -> None:
        pass


if __name__ == "__main__":
    cv2.VideoCapture = FakeCamera
    main()

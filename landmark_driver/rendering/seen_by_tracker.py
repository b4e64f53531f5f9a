"""MediaPipe's landmarks in drawn pictures: the same tracker, process and video path as any user's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.video_source import track_video

_FPS = 30.0


def track_pictures(
    pictures: Iterable[UInt8[np.ndarray, "height width 3"]], hold: int = 1
) -> Iterator[LandmarkFrame]:
    """Yield the tracker's landmark frame of each picture, in order.

    Args:
        pictures: (height, width, 3) RGB in 0..255. They go through a lossless video (FFV1), so they must all have
            one size.
        hold: how many times every picture is shown. The last frame of each is kept, so that the tracker's own
            temporal smoothing settles on unrelated pictures.

    Yields:
        One frame for every picture, face or no face; its times are those of the video, at 30 frames a second.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pictures.mkv"
        _write(path, pictures, hold)
        with track_video(path) as frames:
            for index, frame in enumerate(frames):
                if index % hold == hold - 1:
                    yield frame


def _write(path: Path, pictures: Iterable[UInt8[np.ndarray, "height width 3"]], hold: int) -> None:
    writer = None
    for picture in pictures:
        if writer is None:
            height, width = picture.shape[:2]
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), _FPS, (width, height))
            assert writer.isOpened(), "this OpenCV was built without the FFV1 codec"
        for _ in range(hold):
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if writer is not None:
        writer.release()

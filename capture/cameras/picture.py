"""One picture on its way from a camera or a video to the tracker."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8


@dataclass(frozen=True)
class Picture:
    """An RGB picture, made small enough to track.

    `size_px` is the width and height with which it was taken, pixels. `sequence` counts the source's pictures
    from 0, and `capture_time_s` runs on the source's clock.
    """

    sequence: int
    capture_time_s: float
    size_px: tuple[int, int]
    rgb: UInt8[np.ndarray, "height width 3"]


def picture_from_bgr(
    sequence: int, capture_time_s: float, bgr: UInt8[np.ndarray, "height width 3"], max_side_px: int
) -> Picture:
    """Return OpenCV's picture, made small, in the colour order that MediaPipe expects.

    Args:
        sequence: number of the picture in its source, from 0.
        capture_time_s: seconds on the source's clock.
        bgr: (height, width, 3) in 0..255, blue first.
        max_side_px: largest width or height of the result, pixels.

    Returns:
        The RGB picture, with the width and height of `bgr` as its `size_px`.
    """
    height, width = bgr.shape[:2]
    small = shrunk(bgr, math.ceil(max(width, height) / max_side_px))
    return Picture(sequence, capture_time_s, (width, height), cv2.cvtColor(small, cv2.COLOR_BGR2RGB))


def shrunk(
    image: UInt8[np.ndarray, "height width 3"], factor: int
) -> UInt8[np.ndarray, "small_height small_width 3"]:
    """Return the image at one `factor`-th of its size, each pixel the mean of the ones it replaces.

    Args:
        image: (height, width, 3) in 0..255.
        factor: whole number of old pixels a new one; 1 returns the image itself.

    Returns:
        (height // factor, width // factor, 3) in 0..255, at least 1 x 1 pixels.

    The factors are whole because OpenCV averages 1920 x 1080 px by 2 in 0.5 ms, by 1.5 in 9 ms, which is as
    long as tracking takes. Sides that `factor` does not divide are interpolated instead.
    """
    if factor == 1:
        return image
    height, width = image.shape[:2]
    even = height % factor == 0 and width % factor == 0
    size = (max(1, width // factor), max(1, height // factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if even else cv2.INTER_LINEAR)

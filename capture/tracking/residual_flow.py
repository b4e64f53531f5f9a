"""How skin has moved beyond what the tracker says: the optical flow that is left between two pictures of one face.

A picture is warped back to a reference picture of the same face by the tracker's own landmarks. What they say of an expression is
then gone from it, and the flow that is left at each of the surface landmarks is what they do not say. Pictures are cropped to the
face, in grey, and kept in memory only.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from capture.tracking.landmark_warp import LandmarkWarp, crop_of

SIDE_PX = 256
"""Of the crop."""
_WINDOW_PX, _LEVELS = 11, 3
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 8, 0.02)
_BACK_PX, _BACK_PART = 1.0, 0.15
"""Flow is valid where the way back ends this near to where it began, and by this part of its length besides."""
_FARTHEST_PX = 25.0
_AROUND_PX, _LEAST_LEVELS, _GREY, _LEVELS_A_DEVIATION = 11, 8.0, 128.0, 40.0
"""Pictures are normalised over windows of this width; a deviation below the second number is noise."""

GreyPicture = UInt8[np.ndarray, "side side"]


@dataclass(frozen=True)
class MeasuredFlow:
    """Where the points of a reference picture are in another one."""

    points: Float[np.ndarray, "468 2"]
    """Pixels: the tracker's landmarks with the flow that is left; the landmarks themselves where it is not valid."""
    valid: Bool[np.ndarray, "468"]


class ReferencePicture:
    """A picture of a face that others of the same face are compared with."""

    def __init__(self, picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "468 2"]):
        """Crop and keep a picture.

        Args:
            picture: (height, width, 3) RGB in 0..255.
            landmarks: (468, 2) pixels: the surface landmarks in it.
        """
        to_crop = crop_of(landmarks, SIDE_PX)
        self._places = to_crop(landmarks).astype(np.float32)
        self._warp = LandmarkWarp(self._places.astype(float), SIDE_PX)
        self._grey = _cropped(picture, self._warp(landmarks))

    def __call__(
        self, picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "468 2"]
    ) -> MeasuredFlow:
        """Return where the landmarks' skin in the reference picture is in another one.

        Args:
            picture: (height, width, 3) RGB in 0..255.
            landmarks: (468, 2) pixels: the tracker's, or better ones.

        Returns:
            Points in the picture, and whether they are valid.
        """
        places = self._warp(landmarks)
        grey, begin = _cropped(picture, places), self._places
        ahead, found = _flow(self._grey, grey, begin)
        back, returned = _flow(grey, self._grey, ahead)
        length = np.linalg.norm(ahead - begin, axis=1)
        away = np.linalg.norm(back - begin, axis=1)
        valid = found & returned & (away < _BACK_PX + _BACK_PART * length) & (length < _FARTHEST_PX)
        points = np.where(valid[:, None], _sampled(places, ahead), landmarks)
        return MeasuredFlow(points, valid)


def _flow(start: GreyPicture, end: GreyPicture, points: Float[np.ndarray, "points 2"]):
    """Return where points of one picture are in the other, by sparse inverse search, and whether they are found."""
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        start,
        end,
        points[:, None],
        None,
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS,
        criteria=_STOP,
    )
    return moved[:, 0], found[:, 0] > 0


def _cropped(
    picture: UInt8[np.ndarray, "height width 3"], places: Float[np.ndarray, "side side 2"]
) -> GreyPicture:
    """Return the picture at places, grey, each window of it with the same mean and contrast."""
    across, down = places[..., 0], places[..., 1]
    crop = cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    window = (_AROUND_PX, _AROUND_PX)
    mean, square = (cv2.blur(one, window, borderType=cv2.BORDER_REPLICATE) for one in (grey, grey * grey))
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    even = _GREY + _LEVELS_A_DEVIATION * (grey - mean) / (deviation + _LEAST_LEVELS)
    return np.clip(even, 0, 255).astype(np.uint8)


def _sampled(
    places: Float[np.ndarray, "side side 2"], points: Float[np.ndarray, "points 2"]
) -> Float[np.ndarray, "points 2"]:
    return cv2.remap(places, points[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0].astype(
        float
    )

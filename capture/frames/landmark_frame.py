"""One moment of a camera: the value that every source produces and every take stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

LANDMARK_COUNT = 478
"""MediaPipe Face Landmarker's points: 468 on the face surface, then 5 on each iris."""

ARKIT_COUNT = 52


@dataclass(frozen=True)
class LandmarkFrame:
    """One captured frame.

    `capture_time_s` is the moment of the picture, seconds: on this machine's `time.perf_counter` for live
    sources (a phone's clock is carried over), the media time for recordings. `receive_time_s` is the moment at
    which the frame reached this process, on `time.perf_counter`.
    `landmarks` are MediaPipe's normalised image coordinates. Their x and y are in 0..1 of width and height, y down;
    z is in units of the image width, negative towards the camera.
    `face_transform` is MediaPipe's 4x4 matrix from its canonical face (centimetres, +y up, +z
    towards the viewer) to the camera (+z backwards, out of the scene). `blendshapes` are ARKit weights in 0..1 in
    canonical order. Where no face was found all three are None.
    """

    sequence: int
    capture_time_s: float
    receive_time_s: float
    image_size_px: tuple[int, int]
    landmarks: Float[np.ndarray, "478 3"] | None
    face_transform: Float[np.ndarray, "4 4"] | None = None
    blendshapes: Float[np.ndarray, "52"] | None = None

    @property
    def has_face(self) -> bool:
        return self.landmarks is not None

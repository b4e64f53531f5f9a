"""MediaPipe shows less of an expression than there is; this undoes it.

The landmark network leans towards faces it saw in training: on heads with known vertices it reports
half of a lip corner's way and a third of a cheek's. The error is systematic, so a linear map from the
reported to the true displacements of the 468 surface landmarks takes most of it out. The map is
learned once, by ridge regression of reduced rank, from pictures of heads that act
(`head_model/learn_tracker_response.py`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.landmark_frame import LANDMARK_COUNT
from landmark_driver.layout_posterior import LandmarkNoise

ASSET = Path(__file__).parent / "assets" / "tracker_response.npz"
SURFACE_COUNT = 468
_LEAST_STD_M = 1e-4
"""No landmark is known better, not even one that expressions never move."""


@dataclass(frozen=True)
class TrackerResponse:
    """true ≈ reported @ inward @ outward, on flattened displacements in metres."""

    inward: Float[np.ndarray, "coordinates rank"]
    outward: Float[np.ndarray, "rank coordinates"]
    error_std_m: Float[np.ndarray, "468 3"]
    """What is left of each landmark's error on heads that the map was not learned from, by axis: 0.1 mm on
    the nose's bridge, 2 mm at the jaw's edge."""

    def __call__(self, reported: Float[np.ndarray, "478 3"]) -> Float[np.ndarray, "478 3"]:
        """The irises, which the map does not know, stay as reported."""
        corrected = reported.copy()
        surface = reported[:SURFACE_COUNT].ravel()
        corrected[:SURFACE_COUNT] = (surface @ self.inward @ self.outward).reshape(-1, 3)
        return corrected

    @property
    def noise(self) -> LandmarkNoise:
        """What a driver should expect of all 478 corrected landmarks; irises as if hardly seen."""
        irises = np.ones((LANDMARK_COUNT - SURFACE_COUNT, 3))
        return LandmarkNoise(np.concatenate([np.maximum(self.error_std_m, _LEAST_STD_M), irises]))


@functools.cache
def load_tracker_response() -> TrackerResponse:
    with np.load(ASSET) as data:
        arrays = (data[name].astype(np.float32) for name in ("inward", "outward", "error_std"))
        return TrackerResponse(*arrays)

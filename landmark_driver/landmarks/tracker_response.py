"""MediaPipe shows less of an expression than there is; this undoes it.

The landmark network leans towards faces it saw in training: on heads with known vertices it reports half of a
lip corner's way and a third of a cheek's. The error is systematic: a map of the reported displacements of the 468
surface landmarks comes closer to the true ones than the reports do. The map is a kernel ridge regression, from pictures
of heads that act (`drawn_heads/learn_tracker_response.py`):

    true = k(f) A D,   f = reported F,   k_i(f) = exp(-|f - p_i|^2 / 2) - exp(-(|f|^2 + |p_i|^2) / 2) + s f.p_i

with F (over the kernel's length) and D principal directions of reports and of truth, and the kernel of functions that
are zero for no motion. A are the dual coefficients. Near the support points p, which are learned reports, the map gives
their truth; far from them the linear part is left.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LANDMARK_COUNT
from landmark_driver.network.landmark_posterior import LandmarkNoise

ASSET = Path(__file__).parents[1] / "assets" / "tracker_response.npz"
SURFACE_COUNT = 468
LINEAR_FRACTION = 0.3
_LEAST_STD_M = 1e-4
"""No landmark is known better, not even one that expressions never move."""


@dataclass(frozen=True)
class TrackerResponse:
    """Flattened displacements in metres; features in units of the kernel's length l."""

    inward: Float[np.ndarray, "coordinates feature"]
    support_points: Float[np.ndarray, "points feature"]
    dual_coefficients: Float[np.ndarray, "points rank"]
    outward: Float[np.ndarray, "rank coordinates"]
    error_std_m: Float[np.ndarray, "468 3"]
    """What is left of each landmark's error on heads that the map was not learned from, by axis."""

    def __call__(self, reported: Float[np.ndarray, "478 3"]) -> Float[np.ndarray, "478 3"]:
        """The irises, which the map does not know, stay as reported."""
        corrected = reported.copy()
        flat = reported[:SURFACE_COUNT].astype(np.float32).ravel()
        corrected[:SURFACE_COUNT] = self.surface(flat).reshape(-1, 3)
        return corrected

    def surface(
        self, reported: Float[np.ndarray, "*batch coordinates"]
    ) -> Float[np.ndarray, "*batch coordinates"]:
        return kernel(reported @ self.inward, self.support_points) @ self.dual_coefficients @ self.outward

    @property
    def noise(self) -> LandmarkNoise:
        """What a driver should expect of all 478 corrected landmarks; irises as if hardly seen."""
        irises = np.ones((LANDMARK_COUNT - SURFACE_COUNT, 3))
        return LandmarkNoise(np.concatenate([np.maximum(self.error_std_m, _LEAST_STD_M), irises]))


def kernel(
    features: Float[np.ndarray, "*batch feature"], support_points: Float[np.ndarray, "points feature"]
) -> Float[np.ndarray, "*batch points"]:
    """Return nearness to each support point, less what a function that is zero at zero has of it, and a linear part."""
    product = features @ support_points.T
    squared = (features**2).sum(-1)[..., None] + (support_points**2).sum(-1)
    near = np.exp(np.minimum(product - squared / 2, 0.0)) - np.exp(-squared / 2)
    return near + LINEAR_FRACTION * product


@functools.cache
def load_tracker_response() -> TrackerResponse:
    names = ("inward", "support_points", "dual_coefficients", "outward", "error_std")
    with np.load(ASSET) as data:
        return TrackerResponse(*(data[name].astype(np.float32) for name in names))

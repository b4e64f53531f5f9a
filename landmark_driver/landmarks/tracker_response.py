"""The inverse of MediaPipe's response, which reports less of an expression than there is.

The landmark network leans towards the faces of its training: on heads with known vertices it reports half of a
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
"""Lower limit for a landmark's error, even for one that expressions never move."""


@dataclass(frozen=True)
class TrackerResponse:
    """The learned map: flattened displacements in metres, features in units of the kernel's length."""

    inward: Float[np.ndarray, "coordinates feature"]
    support_points: Float[np.ndarray, "points feature"]
    dual_coefficients: Float[np.ndarray, "points rank"]
    outward: Float[np.ndarray, "rank coordinates"]
    error_std_m: Float[np.ndarray, "468 3"]
    """The error that is left of each landmark on heads that the map was not learned from, by axis."""

    def __call__(self, reported: Float[np.ndarray, "478 3"]) -> Float[np.ndarray, "478 3"]:
        """Return the true displacements for reported ones.

        Args:
            reported: (478, 3) metres from neutral, head frame.

        Returns:
            (478, 3) metres from neutral, head frame. The irises, which the map leaves out, stay as reported.
        """
        corrected = reported.copy()
        flat = reported[:SURFACE_COUNT].astype(np.float32).ravel()
        corrected[:SURFACE_COUNT] = self.surface(flat).reshape(-1, 3)
        return corrected

    def surface(
        self, reported: Float[np.ndarray, "*batch coordinates"]
    ) -> Float[np.ndarray, "*batch coordinates"]:
        """Return the true displacements of the surface landmarks.

        Args:
            reported: (*batch, 1404) metres from neutral, head frame, flat.

        Returns:
            (*batch, 1404) metres from neutral, head frame, flat.
        """
        return kernel(reported @ self.inward, self.support_points) @ self.dual_coefficients @ self.outward

    @property
    def noise(self) -> LandmarkNoise:
        """Standard deviations of all 478 corrected landmarks, metres, at least 0.1 mm; irises have 1 m, as if hardly seen."""
        irises = np.ones((LANDMARK_COUNT - SURFACE_COUNT, 3))
        return LandmarkNoise(np.concatenate([np.maximum(self.error_std_m, _LEAST_STD_M), irises]))


def kernel(
    features: Float[np.ndarray, "*batch feature"], support_points: Float[np.ndarray, "points feature"]
) -> Float[np.ndarray, "*batch points"]:
    """Return the kernel of features and support points: nearness, less its part that is not zero at zero, and a linear part.

    Args:
        features: (*batch, F) in units of the kernel's length.
        support_points: (P, F) in the same unit.

    Returns:
        (*batch, P), zero for no motion.
    """
    product = features @ support_points.T
    squared = (features**2).sum(-1)[..., None] + (support_points**2).sum(-1)
    near = np.exp(np.minimum(product - squared / 2, 0.0)) - np.exp(-squared / 2)
    return near + LINEAR_FRACTION * product


@functools.cache
def load_tracker_response() -> TrackerResponse:
    """Return the response that ships; the file is read once.

    Returns:
        The map and its error, float32.
    """
    names = ("inward", "support_points", "dual_coefficients", "outward", "error_std")
    with np.load(ASSET) as data:
        return TrackerResponse(*(data[name].astype(np.float32) for name in names))

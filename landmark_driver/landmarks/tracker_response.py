"""The inverse of MediaPipe's response, which reports less of an expression than there is.

The landmark network leans towards the faces of its training: on heads with known vertices it reports two thirds of the jaw's
way and a quarter of a cheek's. What can be undone without turning a signal round is local and linear; near the faces of its
learning a kernel adds what is not:

    true = M r + k(f) A D,   f = r F,   k_i(f) = exp(-|f - p_i|² / 2) - exp(-(|f|² + |p_i|²) / 2)

r are the reported displacements of the 468 surface landmarks. M has three rows for each landmark, over a dozen landmarks
around it (`drawn_heads/learn_tracker_response.py`). F, over the kernel's length, are directions in which reports go with the
truth, and D principal ones of what M leaves. The kernel is one of functions that are zero for no motion, and A are its dual
coefficients. Its length is short: far from the support points p, which are learned reports, it is zero, and M alone is left.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse
from jaxtyping import Float, Integer

from capture.frames.landmark_frame import LANDMARK_COUNT
from landmark_driver.landmarks.apertures import INNER_LIPS, LID_MIDDLES
from landmark_driver.posterior.landmark_noise import LandmarkNoise

ASSET = Path(__file__).parents[1] / "assets" / "tracker_response.npz"
ERRORS = ASSET.with_name("tracker_errors.npz")
SURFACE_COUNT = 468
_COUNTED = 0.25
"""The fraction of a landmark's error that counts as noise: errors of neighbours are alike, and a driver takes them for one
another's."""
_LEAST_STD_M = 1.4e-4
"""Lower limit for a landmark's noise, even for one that expressions never move."""
_TOGETHER = 0.02
"""The fraction of the errors of drawn heads as a whole that an estimate counts. Real faces make the same patterns as expressions:
counted by a tenth, they take the correlation of the jaw from 0.92 to 0.88."""
_LID_STD_M, _LIP_STD_M = 8e-5, 4e-5
"""Noise of the heights of lids and of the lips' inner rims, which `apertures.py` sets."""


@dataclass(frozen=True)
class TrackerResponse:
    """The learned map: displacements in metres, features in units of the kernel's length."""

    near: Integer[np.ndarray, "468 neighbours"]
    """The landmarks that each one's correction reads."""
    local: Float[np.ndarray, "468 3 read"]
    """The corrected displacement for each coordinate of those landmarks: M, `read` is 3 x neighbours."""
    inward: Float[np.ndarray, "coordinates feature"]
    support_points: Float[np.ndarray, "points feature"]
    dual_coefficients: Float[np.ndarray, "points rank"]
    outward: Float[np.ndarray, "rank coordinates"]
    error_std_m: Float[np.ndarray, "468 3"]
    """The error that is left of each landmark on heads that the map was not learned from, by axis."""
    error_patterns_m: Float[np.ndarray, "patterns 468 3"] | None = None
    """The same errors as patterns of the whole face, each with an amplitude of unit variance."""

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
        near = kernel(reported @ self.inward, self.support_points, self.support_halves)
        return (self._map @ reported.T).T + near @ self.dual_coefficients @ self.outward

    @cached_property
    def support_halves(self) -> tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]]:
        """What of the kernel depends on the support points alone: (P,) |p|² / 2 and exp(-|p|² / 2)."""
        return support_halves(self.support_points)

    @cached_property
    def _map(self) -> scipy.sparse.csr_array:
        """M over all coordinates."""
        columns = (3 * self.near[:, None, :, None].astype(int) + np.arange(3)).repeat(3, axis=1)
        rows = np.arange(3 * SURFACE_COUNT).repeat(self.local.shape[2])
        entries = (self.local.ravel(), (rows, columns.ravel()))
        return scipy.sparse.csr_array(entries, shape=(3 * SURFACE_COUNT, 3 * SURFACE_COUNT))

    @property
    def noise(self) -> LandmarkNoise:
        """Errors of all 478 corrected landmarks, metres; irises have 1 m, as if hardly seen."""
        std_m = np.ones((LANDMARK_COUNT, 3))
        std_m[:SURFACE_COUNT] = np.maximum(_COUNTED * self.error_std_m, _LEAST_STD_M)
        std_m[list(LID_MIDDLES), 1] = _LID_STD_M
        std_m[list(INNER_LIPS), 1] = _LIP_STD_M
        if self.error_patterns_m is None:
            return LandmarkNoise(std_m)
        patterns_m = np.pad(self.error_patterns_m, [(0, 0), (0, LANDMARK_COUNT - SURFACE_COUNT), (0, 0)])
        patterns_m[:, [*LID_MIDDLES, *INNER_LIPS], 1] = 0.0
        return LandmarkNoise(std_m, patterns_m, _TOGETHER)


def kernel(
    features: Float[np.ndarray, "*batch feature"],
    support_points: Float[np.ndarray, "points feature"],
    halves: tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]] | None = None,
) -> Float[np.ndarray, "*batch points"]:
    """Return the kernel of features and support points: nearness, less its part that is not zero at zero.

    Args:
        features: (*batch, F) in units of the kernel's length.
        support_points: (P, F) in the same unit.
        halves: their `support_halves`, where they are known.

    Returns:
        (*batch, P), zero for no motion.
    """
    half, fallen = halves or support_halves(support_points)
    own = (features**2).sum(-1)[..., None] / 2
    near = features @ support_points.T
    near -= half
    near -= own
    np.minimum(near, 0.0, out=near)
    np.exp(near, out=near)
    near -= np.exp(-own) * fallen
    return near


def support_halves(
    support_points: Float[np.ndarray, "points feature"],
) -> tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]]:
    """Return what of a kernel depends on its support points alone.

    Args:
        support_points: (P, F) in units of the kernel's length.

    Returns:
        (P,) |p|² / 2 and (P,) exp(-|p|² / 2).
    """
    half = (support_points**2).sum(-1) / 2
    return half, np.exp(-half)


@functools.cache
def load_tracker_response() -> TrackerResponse:
    """Return the response that ships; its files are read once.

    Returns:
        The map and its errors, float32.
    """
    with np.load(ERRORS) as errors:
        patterns_m = 1e-3 * errors["patterns_mm"].astype(np.float32)
    return replace(load_response_map(), error_patterns_m=patterns_m)


def load_response_map() -> TrackerResponse:
    """Return the response that ships without the patterns of its errors, which are learned after it.

    Returns:
        The map and the standard deviations of its errors, float32.
    """
    names = ("local", "inward", "support_points", "dual_coefficients", "outward", "error_std")
    with np.load(ASSET) as data:
        return TrackerResponse(data["near"], *(data[name].astype(np.float32) for name in names))

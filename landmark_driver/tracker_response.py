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

ASSET = Path(__file__).parent / "assets" / "tracker_response.npz"
SURFACE_COUNT = 468


@dataclass(frozen=True)
class TrackerResponse:
    """true ≈ reported @ inward @ outward, on flattened displacements in metres."""

    inward: Float[np.ndarray, "coordinates rank"]
    outward: Float[np.ndarray, "rank coordinates"]

    def __call__(self, reported: Float[np.ndarray, "478 3"]) -> Float[np.ndarray, "478 3"]:
        """The irises, which the map does not know, stay as reported."""
        corrected = reported.copy()
        surface = reported[:SURFACE_COUNT].ravel()
        corrected[:SURFACE_COUNT] = (surface @ self.inward @ self.outward).reshape(-1, 3)
        return corrected


@functools.cache
def load_tracker_response() -> TrackerResponse:
    with np.load(ASSET) as data:
        return TrackerResponse(data["inward"].astype(np.float32), data["outward"].astype(np.float32))

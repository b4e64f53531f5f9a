"""How landmarks in pictures err, told from pictures of heads that are known.

The difference between a person's landmarks and the default head's in the same pose, as MediaPipe sees both, is

    seen = g Π x + s + e,

x being the true difference and Π what takes out the line of sight: of what lies along it MediaPipe shows next
to nothing (measured gain 0.01), of what lies across it a little over half. The rest is no noise of single landmarks
but patterns over the whole face, for the tracker knows whole faces: s ~ N(0, S) is the person's own, alike in all
pictures, and e ~ N(0, O) one picture's. `learn_photo_noise.py` measures S and O on drawn heads. Photographs err in ways
that drawn heads do not show: part of the noise is alike in all directions, and all of it grows with how much
stranger a picture is to the model than the drawn ones were.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

ASSET = Path(__file__).parents[2] / "assets" / "photo_noise.npz"
SURFACE_COUNT = 468
GAIN = 0.6
EXPRESSION_SIGMA = 0.4
"""Of the ARKit weights that people's faces have in pictures."""

_MOST_GROWTH = 5.0
"""Of the noise, or a smiling photograph would say nothing at all."""


@dataclass(frozen=True)
class PhotoNoise:
    """Covariances in square metres, in directions that are orthogonal to each other and to similarities."""

    directions: Float[np.ndarray, "rank coordinates"]
    """Of the 468 surface landmarks' displacements, flattened; position, rotation and size change none of them."""
    shared: Float[np.ndarray, "rank rank"]
    own: Float[np.ndarray, "rank rank"]
    usual: float
    """Median `strangeness` of the pictures that it was learned from."""
    unknown: float
    """Variance in every direction, alike in all pictures of a person, that comes with twice the strangeness."""

    def features(self, seen: Float[np.ndarray, "*many 468 3"]) -> Float[np.ndarray, "*many rank"]:
        return seen.reshape(*seen.shape[:-2], -1) @ self.directions.T

    def covariance(self, photos: int) -> Float[np.ndarray, "photos*rank photos*rank"]:
        """Of the features of several pictures of one person."""
        return np.kron(np.ones((photos, photos)), self.shared) + np.kron(np.eye(photos), self.own)

    def strangeness(
        self, features: Float[np.ndarray, "rank"], spread: Float[np.ndarray, "rank changes"]
    ) -> float:
        """Squared Mahalanobis distance a direction: of features from the default head's, among people and noise.

        `spread` holds what a standard deviation of each identity coefficient and expression changes.
        """
        covariance = spread @ spread.T + self.covariance(1)
        return float(features @ np.linalg.solve(covariance, features)) / len(features)

    def grown(self, strangeness: float) -> PhotoNoise:
        """The noise to expect of pictures as strange as that."""
        factor = float(np.clip(strangeness / self.usual, 1.0, _MOST_GROWTH))
        unknown = (factor - 1) * self.unknown * np.eye(len(self.shared))
        return replace(self, shared=factor * self.shared + unknown, own=factor * self.own)


def as_seen(
    true: Float[np.ndarray, "*many 468 3"], towards: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "*many 468 3"]:
    """What a tracker without noise would show, from the unit direction to the camera."""
    return GAIN * (true - (true @ towards)[..., None] * towards)


@functools.cache
def load_photo_noise() -> PhotoNoise:
    with np.load(ASSET) as data:
        arrays = (data[name].astype(float) for name in ("directions", "shared", "own"))
        return PhotoNoise(*arrays, usual=float(data["usual"]), unknown=float(data["unknown"]))

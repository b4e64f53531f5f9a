"""The error of landmarks in pictures, learned from pictures of known heads.

The difference between a person's landmarks and the default head's in the same pose, as MediaPipe sees both, is

    seen = g Π x + s + e,

where x is the true difference and Π removes its part along the line of sight. MediaPipe shows next to nothing of
that part (measured gain 0.01), and a little over half of the part across the line. The rest is no noise of single
landmarks: it consists of patterns over the whole face, because the tracker was trained on whole faces.
s ~ N(0, S) is the person's own, alike in all pictures, and e ~ N(0, O) belongs to one picture.
`learn_photo_noise.py` measures S and O on drawn heads. Photographs err in ways that drawn heads do not show.
Hence part of the noise is alike in all directions, and all of it grows as a picture becomes stranger to the model
than the drawn ones were.
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
"""Standard deviation of the ARKit weights that people's faces have in pictures."""

_MOST_GROWTH = 5.0
"""The largest factor on the noise; with a larger one a smiling photograph would count for nothing."""


@dataclass(frozen=True)
class PhotoNoise:
    """Covariances in square metres, in directions that are orthogonal to each other and to similarities."""

    directions: Float[np.ndarray, "rank coordinates"]
    """Directions of the 468 surface landmarks' displacements, flattened; position, rotation and size change none of them."""
    shared: Float[np.ndarray, "rank rank"]
    """S, alike in all pictures of a person."""
    own: Float[np.ndarray, "rank rank"]
    """O, independent in every picture."""
    usual: float
    """Median `strangeness` of the pictures that it was learned from."""
    unknown: float
    """Variance in every direction, alike in all pictures of a person, that twice the usual strangeness adds."""

    def features(self, seen: Float[np.ndarray, "*many 468 3"]) -> Float[np.ndarray, "*many rank"]:
        """Return displacements in the noise's directions.

        Args:
            seen: (..., 468, 3) metres, head axes.

        Returns:
            (..., rank) metres.
        """
        return seen.reshape(*seen.shape[:-2], -1) @ self.directions.T

    def covariance(self, photos: int) -> Float[np.ndarray, "directions directions"]:
        """Return the covariance of the features of several pictures of one person.

        Args:
            photos: the number of pictures P.

        Returns:
            (P * rank, P * rank) square metres, picture by picture.
        """
        return np.kron(np.ones((photos, photos)), self.shared) + np.kron(np.eye(photos), self.own)

    def strangeness(
        self, features: Float[np.ndarray, "rank"], spread: Float[np.ndarray, "rank changes"]
    ) -> float:
        """Return the squared Mahalanobis distance of features from the default head's, per direction, among people and noise.

        Args:
            features: (rank,) metres.
            spread: (rank, changes) metres for a standard deviation of each identity coefficient and expression.

        Returns:
            A number without unit, f·(spread spreadᵀ + S + O)⁻¹ f / rank.
        """
        covariance = spread @ spread.T + self.covariance(1)
        return float(features @ np.linalg.solve(covariance, features)) / len(features)

    def grown(self, strangeness: float) -> PhotoNoise:
        """Return the noise to expect of pictures of a given strangeness.

        Args:
            strangeness: as `strangeness` returns it.

        Returns:
            S and O times the ratio to the usual strangeness, within 1..5; S also has `unknown` for each unit above 1.
        """
        factor = float(np.clip(strangeness / self.usual, 1.0, _MOST_GROWTH))
        unknown = (factor - 1) * self.unknown * np.eye(len(self.shared))
        return replace(self, shared=factor * self.shared + unknown, own=factor * self.own)


def as_seen(
    true: Float[np.ndarray, "*many landmarks 3"], towards: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "*many landmarks 3"]:
    """Return the displacements that a tracker without noise would show, g Π x.

    Args:
        true: (..., 468, 3) metres, head axes.
        towards: (3,) unit direction to the camera, head axes.

    Returns:
        (..., 468, 3) metres, head axes.
    """
    return GAIN * (true - (true @ towards)[..., None] * towards)


@functools.cache
def load_photo_noise() -> PhotoNoise:
    """Return the noise that ships.

    Returns:
        The noise, the same object in every call.
    """
    with np.load(ASSET) as data:
        arrays = (data[name].astype(float) for name in ("directions", "shared", "own"))
        return PhotoNoise(*arrays, usual=float(data["usual"]), unknown=float(data["unknown"]))

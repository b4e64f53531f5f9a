"""Blendshape weights of a latent brought back into 0..1, where living faces have them.

    minimise (a - a0)' S^-1 (a - a0),  0 <= a <= 1;   r = r0 + T S^-1 (a - a0)

for a latent z0 = [a0; r0] whose posterior covariance has the blocks S (of a) and T (of r with a): the most likely
latent within the bounds under a Gaussian posterior. Landmark noise otherwise shows as smiles of less than nothing.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.network.bounded_least_squares import BoundedLeastSquares
from landmark_driver.network.film_network import WEIGHT_UNIT


class BoundedLatent:
    """For one posterior. The bounds that were met in the last frame are the first guess for the next."""

    def __init__(self, covariance: Float[np.ndarray, "latent latent"], shapes: int):
        inverse = np.linalg.inv(covariance[:shapes, :shapes])
        self._shapes, self.precision = shapes, (inverse + inverse.T) / 2
        self.follow = (covariance[shapes:, :shapes] @ self.precision).astype(np.float32)
        highest = np.full(shapes, 1 / WEIGHT_UNIT)
        self._solver = BoundedLeastSquares(self.precision, np.zeros(shapes), highest)

    def __call__(self, latent: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "latent"]:
        """float32; the same where nothing is out of bounds."""
        weights = latent[: self._shapes]
        if (weights >= 0).all() and (weights <= 1 / WEIGHT_UNIT).all():
            return latent
        bounded = self._solver.solve(self.precision @ weights).astype(np.float32)
        rest = latent[self._shapes :] + self.follow @ (bounded - weights)
        return np.concatenate([bounded, rest]).astype(np.float32)

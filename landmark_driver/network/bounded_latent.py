"""Blendshape weights of a latent brought back into 0..1, the range of living faces.

    minimise (a - a0)' S^-1 (a - a0),  0 <= a <= 1 / u;   r = r0 + T S^-1 (a - a0)

for a latent z0 = [a0; r0] whose posterior covariance has the blocks S (of a) and T (of r with a), and whose a are ARKit
weights over u = `WEIGHT_UNIT`: the most likely latent within the bounds under a Gaussian posterior. Without the bounds,
landmark noise shows as smiles of negative weight.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.network.bounded_least_squares import BoundedLeastSquares
from landmark_driver.network.film_network import WEIGHT_UNIT


class BoundedLatent:
    """The bounds for one posterior. The bounds met in the last frame are the first guess for the next."""

    def __init__(
        self, precision: Float[np.ndarray, "shapes shapes"], follow: Float[np.ndarray, "rest shapes"]
    ):
        """Take S^-1 and T S^-1.

        Args:
            precision: (52, 52) S^-1 of the weights' latents.
            follow: (Z - 52, 52) T S^-1, by which the other latents follow.
        """
        self.precision, self.follow = precision, follow
        highest = np.full(len(precision), 1 / WEIGHT_UNIT)
        self._solver = BoundedLeastSquares(precision, np.zeros(len(precision)), highest)

    @staticmethod
    def of(covariance: Float[np.ndarray, "latent latent"], shapes: int) -> BoundedLatent:
        """Return the bounds of a posterior.

        Args:
            covariance: (Z, Z) of the latent.
            shapes: how many latents are weights; they come first.

        Returns:
            A function that brings a latent of this posterior into the bounds.
        """
        inverse = np.linalg.inv(covariance[:shapes, :shapes])
        precision = (inverse + inverse.T) / 2
        return BoundedLatent(precision, (covariance[shapes:, :shapes] @ precision).astype(np.float32))

    def __call__(self, latent: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "latent"]:
        """Return the bounded latent; the same where nothing is out of bounds.

        Args:
            latent: (Z,) float32, weights over `WEIGHT_UNIT` first.

        Returns:
            (Z,) float32, ARKit weights within 0..1.
        """
        shapes = len(self.precision)
        weights = latent[:shapes]
        if (weights >= 0).all() and (weights <= 1 / WEIGHT_UNIT).all():
            return latent
        bounded = self._solver.solve(self.precision @ weights).astype(np.float32)
        rest = latent[shapes:] + self.follow @ (bounded - weights)
        return np.concatenate([bounded, rest]).astype(np.float32)

"""The posterior of the latent given the landmarks: linear and Gaussian, in closed form.

    d = C z + A q + e,   z ~ (z̄, P),   q ~ (0, I),   e ~ (0, W⁻¹)

C are the basis rows of the landmarks. A are columns of what landmarks do together without an expression, and W⁻¹ is the
covariance of the rest: residual motion, noise, and what the basis leaves out (`landmark_covariance.py`). Columns are solved for
with z and dropped. With B = [C A]:

    [z; q] = [z̄; 0] + Σ Bᵀ W (d - C z̄),   Σ = (Bᵀ W B + diag(P, I)⁻¹)⁻¹

The landmarks' own likelihood, of which the evidence is made, costs no more (by Woodbury's identity, e = d - C z̄):

    2 log p(d) = log |W| + log |diag(P, I)⁻¹| - log |Σ⁻¹| - eᵀ W e + eᵀ W B Σ Bᵀ W e + constant
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.posterior.landmark_covariance import LandmarkCovariance


class LandmarkPosterior:
    """The map from landmark displacements to the posterior mean of the latent, for one head and layout."""

    def __init__(
        self,
        rows: Float[np.ndarray, "coordinates latent"],
        prior_mean: Float[np.ndarray, "latent"],
        prior_covariance: Float[np.ndarray, "latent latent"],
        beside: LandmarkCovariance,
    ):
        """Solve the system of all landmarks.

        Args:
            rows: (3 L, Z) metres, displacements of the landmarks for latents of one.
            prior_mean: (Z,) of the latent.
            prior_covariance: (Z, Z) of the latent.
            beside: the covariance of what the landmarks show beside the latent.
        """
        self.beside = beside
        self.rows = rows
        self._mean, self._prior = prior_mean, prior_covariance
        columns = np.concatenate([rows, beside.columns], 1)
        self._weighed = beside.weigh(columns)
        precision = np.eye(columns.shape[1])
        latents = rows.shape[1]
        precision[:latents, :latents] = np.linalg.inv(prior_covariance)
        self._information = columns.T @ self._weighed + (precision + precision.T) / 2
        self._covariance = np.linalg.inv((self._information + self._information.T) / 2)
        self.gain: Float[np.ndarray, "latent coordinates"] = (self._covariance @ self._weighed.T)[:latents]
        """Latent for each metre of displacement."""
        self.offset: Float[np.ndarray, "latent"] = prior_mean - self.gain @ (rows @ prior_mean)
        """Latent without any displacement."""

    @property
    def covariance(self) -> Float[np.ndarray, "latent latent"]:
        """Covariance of the latent after all landmarks have been seen."""
        latents = len(self._mean)
        return self._covariance[:latents, :latents]

    def __call__(self, displacements: Float[np.ndarray, "coordinates"]) -> Float[np.ndarray, "latent"]:
        """Return the posterior mean where all landmarks are seen.

        Args:
            displacements: (3 L,) metres from neutral, head frame.

        Returns:
            (Z,) latent.
        """
        return self.offset + self.gain @ displacements

    def log_likelihood(self, displacements: Float[np.ndarray, "coordinates"]) -> float:
        """Return the logarithm of the landmarks' density.

        Args:
            displacements: (3 L,) metres from neutral, head frame.

        Returns:
            log p(d), less a constant of the layout.
        """
        away = displacements - self.rows @ self._mean
        through = self._weighed.T @ away
        fitted = through @ self._covariance @ through
        return float(self._log_normaliser - (away @ self.beside.weigh(away) - fitted) / 2)

    def without(self, seen: Bool[np.ndarray, "landmarks"]) -> LandmarkPosterior:
        """Return the posterior of some of the landmarks.

        Args:
            seen: (L,) True for landmarks that are seen.

        Returns:
            The map from their (3 S,) displacements to the posterior mean of the (Z,) latent.
        """
        rows = self.rows[np.repeat(seen, 3)]
        return LandmarkPosterior(rows, self._mean, self._prior, self.beside.of(seen))

    @cached_property
    def _log_normaliser(self) -> float:
        prior, after = (np.linalg.slogdet(m)[1] for m in (self._prior, self._information))
        return float(self.beside.log_determinant - prior - after) / 2

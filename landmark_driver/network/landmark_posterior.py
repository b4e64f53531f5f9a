"""What landmarks say about the latent: a linear Gaussian posterior in closed form.

    d = C z + N q + e,   z ~ (z̄, P),   q ~ (0, Q),   e ~ (0, W⁻¹)

C are the basis rows of the landmarks, N seven columns of a small rigid motion and scale of the whole
head, which head-pose jitter looks like; they are solved for with z and forgotten. W counts the tracker's
noise and what the basis leaves out. With A = [C N]:

    [z; q] = [z̄; 0] + Σ Aᵀ W (d - C z̄),   Σ = (Aᵀ W A + diag(P, Q)⁻¹)⁻¹

Rows D that are not seen leave by Woodbury's identity, with a system of their number instead of a new one:

    Σ' = Σ + Σ A_Dᵀ (W_D⁻¹ - A_D Σ A_Dᵀ)⁻¹ A_D Σ
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import cho_factor, cho_solve

ROTATION_STD, SHIFT_STD_M, SCALE_STD = np.deg2rad(0.5), 0.001, 0.003
"""What head-pose jitter is expected to be."""


@dataclass(frozen=True)
class LandmarkNoise:
    """Standard deviations of landmark errors, metres, one row a landmark, one column an axis."""

    std_m: Float[np.ndarray, "landmarks 3"]

    @staticmethod
    def same(landmarks: int, std_m: float, depth_ratio: float = 1.0) -> LandmarkNoise:
        return LandmarkNoise(np.tile(std_m * np.array([1, 1, depth_ratio]), (landmarks, 1)))


class LandmarkPosterior:
    """Landmark displacements to the posterior mean of the latent, for one head and layout."""

    def __init__(
        self,
        rows: Float[np.ndarray, "coordinates latent"],
        neutral_points: Float[np.ndarray, "landmarks 3"],
        prior_mean: Float[np.ndarray, "latent"],
        prior_covariance: Float[np.ndarray, "latent latent"],
        noise_std: Float[np.ndarray, "coordinates"],
        nuisance_std: Float[np.ndarray, "7"] | None = None,
    ):
        self._latents = rows.shape[1]
        self._mean = prior_mean
        self._rows = rows
        std = nuisance_deviations() if nuisance_std is None else nuisance_std
        self._columns = np.concatenate([rows, rigid_columns(neutral_points) * std], 1)
        self._precision = noise_std**-2.0
        prior = np.eye(self._columns.shape[1])
        prior[: self._latents, : self._latents] = np.linalg.inv(prior_covariance)
        weighted = self._columns * self._precision[:, None]
        self._information = self._columns.T @ weighted + (prior + prior.T) / 2
        self._covariance = cho_solve(cho_factor(self._information), np.eye(len(prior)))
        self._weighted = weighted
        self.gain: Float[np.ndarray, "latent coordinates"] = (self._covariance @ weighted.T)[: self._latents]
        self.offset: Float[np.ndarray, "latent"] = prior_mean - self.gain @ (rows @ prior_mean)

    @property
    def covariance(self) -> Float[np.ndarray, "latent latent"]:
        return self._covariance[: self._latents, : self._latents]

    @property
    def deviation(self) -> Float[np.ndarray, "latent"]:
        """Standard deviation of every latent after all landmarks have been seen."""
        return np.sqrt(np.diag(self._covariance)[: self._latents])

    def __call__(self, displacements: Float[np.ndarray, "coordinates"]) -> Float[np.ndarray, "latent"]:
        return self.offset + self.gain @ displacements

    def without(self, seen: Bool[np.ndarray, "coordinates"]) -> MaskedPosterior:
        """The posterior when only some coordinates are seen."""
        return MaskedPosterior(self, seen)


class MaskedPosterior:
    """Made once for a mask, by whichever of two equal ways has the smaller system."""

    def __init__(self, whole: LandmarkPosterior, seen: Bool[np.ndarray, "coordinates"]):
        self._whole, self._seen = whole, seen
        gone = whole._columns[~seen]
        self._by_woodbury = len(gone) < len(whole._information)
        if self._by_woodbury:
            self._through = gone @ whole._covariance
            rest = np.diag(1 / whole._precision[~seen]) - self._through @ gone.T
            self._factor = cho_factor(rest)
        else:
            self._factor = cho_factor(whole._information - gone.T @ whole._weighted[~seen])

    def __call__(self, displacements: Float[np.ndarray, "coordinates"]) -> Float[np.ndarray, "latent"]:
        whole, seen = self._whole, self._seen
        residual = displacements[seen] - whole._rows[seen] @ whole._mean
        right = whole._weighted[seen].T @ residual
        if self._by_woodbury:
            step = whole._covariance @ right
            step = step + self._through.T @ cho_solve(self._factor, self._through @ right)
        else:
            step = cho_solve(self._factor, right)
        return whole._mean + step[: whole._latents]


def nuisance_deviations() -> Float[np.ndarray, "7"]:
    return np.repeat([ROTATION_STD, SHIFT_STD_M, SCALE_STD], [3, 3, 1])


def rigid_columns(points: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "coordinates 7"]:
    """Displacements of a turn by one radian about each axis, of one metre along each, and of a doubling."""
    arms = points - points.mean(0)
    turns = [np.cross(axis, arms).ravel() for axis in np.eye(3)]
    shifts = [np.tile(axis, len(points)) for axis in np.eye(3)]
    return np.stack([*turns, *shifts, arms.ravel()], 1)

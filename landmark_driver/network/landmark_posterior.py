"""The posterior of the latent given the landmarks: linear and Gaussian, in closed form.

    d = C z + N q + e,   z ~ (z̄, P),   q ~ (0, Q),   e ~ (0, W⁻¹)

C are the basis rows of the landmarks, N seven columns of a small rigid motion and scale of the whole
head, which head-pose jitter looks like; they are solved for with z and dropped. W counts the tracker's
noise and the displacements that the basis leaves out. With A = [C N]:

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
"""Standard deviations of head-pose jitter: radians, metres, relative."""


@dataclass(frozen=True)
class LandmarkNoise:
    """Standard deviations of landmark errors, metres, one row a landmark, one column an axis."""

    std_m: Float[np.ndarray, "landmarks 3"]

    @staticmethod
    def same(landmarks: int, std_m: float, depth_ratio: float = 1.0) -> LandmarkNoise:
        """Return the same noise for all landmarks.

        Args:
            landmarks: how many there are.
            std_m: standard deviation along x and y, metres.
            depth_ratio: standard deviation along z, over `std_m`.

        Returns:
            Standard deviations (L, 3), metres.
        """
        return LandmarkNoise(np.tile(std_m * np.array([1, 1, depth_ratio]), (landmarks, 1)))


class LandmarkPosterior:
    """The map from landmark displacements to the posterior mean of the latent, for one head and layout."""

    def __init__(
        self,
        rows: Float[np.ndarray, "coordinates latent"],
        neutral_points: Float[np.ndarray, "landmarks 3"],
        prior_mean: Float[np.ndarray, "latent"],
        prior_covariance: Float[np.ndarray, "latent latent"],
        noise_std: Float[np.ndarray, "coordinates"],
        nuisance_std: Float[np.ndarray, "7"] | None = None,
    ):
        """Solve the system of all landmarks.

        Args:
            rows: (3 L, Z) metres, displacements of the landmarks for latents of one.
            neutral_points: (L, 3) metres, head frame.
            prior_mean: (Z,) of the latent.
            prior_covariance: (Z, Z) of the latent.
            noise_std: (3 L,) metres.
            nuisance_std: (7,) of the head's rotation (radians), shift (metres) and scale; None for head-pose jitter.
        """
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
        """Latent for each metre of displacement."""
        self.offset: Float[np.ndarray, "latent"] = prior_mean - self.gain @ (rows @ prior_mean)
        """Latent without any displacement."""

    @property
    def covariance(self) -> Float[np.ndarray, "latent latent"]:
        """Covariance of the latent after all landmarks have been seen."""
        return self._covariance[: self._latents, : self._latents]

    @property
    def deviation(self) -> Float[np.ndarray, "latent"]:
        """Standard deviation of every latent after all landmarks have been seen."""
        return np.sqrt(np.diag(self._covariance)[: self._latents])

    def __call__(self, displacements: Float[np.ndarray, "coordinates"]) -> Float[np.ndarray, "latent"]:
        """Return the posterior mean where all landmarks are seen.

        Args:
            displacements: (3 L,) metres from neutral, head frame.

        Returns:
            (Z,) latent.
        """
        return self.offset + self.gain @ displacements

    def without(self, seen: Bool[np.ndarray, "coordinates"]) -> MaskedPosterior:
        """Return the posterior when only some coordinates are seen.

        Args:
            seen: (3 L,) True for coordinates that are seen.

        Returns:
            The map from (3 L,) displacements to the posterior mean of the (Z,) latent.
        """
        return MaskedPosterior(self, seen)


class MaskedPosterior:
    """The posterior of one mask, solved once by whichever of two equal ways has the smaller system."""

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
        """Return the posterior mean from the seen coordinates.

        Args:
            displacements: (3 L,) metres from neutral, head frame; coordinates that are not seen count for nothing.

        Returns:
            (Z,) latent.
        """
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
    """Return the standard deviations of head-pose jitter.

    Returns:
        (7,): three rotations in radians, three shifts in metres, one relative scale.
    """
    return np.repeat([ROTATION_STD, SHIFT_STD_M, SCALE_STD], [3, 3, 1])


def rigid_columns(points: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "coordinates 7"]:
    """Return the displacements by a turn of one radian about each axis, a shift of one metre along each, and a doubling.

    Args:
        points: (L, 3) metres, head frame.

    Returns:
        (3 L, 7) metres; turns and doubling are about the points' mean.
    """
    arms = points - points.mean(0)
    turns = [np.cross(axis, arms).ravel() for axis in np.eye(3)]
    shifts = [np.tile(axis, len(points)) for axis in np.eye(3)]
    return np.stack([*turns, *shifts, arms.ravel()], 1)

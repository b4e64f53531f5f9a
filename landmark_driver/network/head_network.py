"""The networks made one head's own: what runs once for a head and its tissue, in NumPy, well under a second.

A latent is [a; r]: weights a of the head's own 52 blendshapes (over `WEIGHT_UNIT`), and K coefficients r of what
tissue does beyond them, in a basis that all heads share. So a head that no training has seen still moves with
its own shapes; only how its tissue differs from them is learned.

The prior is what the forward network says this head does over a fixed set of expressions: the mean and
covariance of their latents, plus the network's own error on heads it has not seen. Where the performer's
tissue is not known it is averaged over settings, because a wrong prior is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float

from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.network.film_network import FoldedLayers, fold_corrector, fold_forward
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.landmark_posterior import LandmarkNoise, LandmarkPosterior
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import (
    FEATURE_SIZE,
    TissueSetting,
    default_setting,
    edited_fraction,
)

_AVERAGED_SETTINGS = 16
_PRIOR_FLOOR = 1e-5
"""Variance that every latent keeps, relative to its variance over the training data."""


@dataclass(frozen=True)
class Prior:
    """What a head's latents are before any landmark is seen."""

    mean: Float[np.ndarray, "latent"]
    covariance: Float[np.ndarray, "latent latent"]


@dataclass(frozen=True)
class HeadNetwork:
    """One head's networks for any layout. `basis` is in metres: 52 blendshapes, then the shared basis."""

    basis: Float[np.ndarray, "latent coordinates"]
    residual_std: Float[np.ndarray, "coordinates"]
    prior_mean: Float[np.ndarray, "latent"]
    prior_covariance: Float[np.ndarray, "latent latent"]
    condition: Float[np.ndarray, "condition"]
    """Identity code and tissue features."""

    def rows(self, layout: LandmarkEmbedding) -> Float[np.ndarray, "coordinates latent"]:
        """Displacement of each landmark for a latent of one: the basis, interpolated."""
        shapes = self.basis.reshape(len(self.basis), -1, 3)
        return layout(shapes).reshape(len(shapes), -1).T.astype(float)

    def posterior(
        self,
        layout: LandmarkEmbedding,
        neutral_vertices: Float[np.ndarray, "vertices 3"],
        noise: LandmarkNoise,
        nuisance_std: Float[np.ndarray, "7"] | None = None,
    ) -> LandmarkPosterior:
        left_out = np.einsum(
            "lkc,lk->lc", self.residual_std.reshape(-1, 3)[layout.corners] ** 2, layout.weights
        )
        std = np.sqrt(noise.std_m**2 + left_out).ravel()
        points = layout(neutral_vertices.astype(float))
        return LandmarkPosterior(
            self.rows(layout), points, self.prior_mean, self.prior_covariance, std, nuisance_std
        )


HEAD_NETWORK_ARRAYS = tuple(item.name for item in fields(HeadNetwork))


def specialise(
    weights: NetworkWeights,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    expressions: Float[np.ndarray, "52 vertices 3"],
    setting: TissueSetting | None = None,
) -> HeadNetwork:
    """The networks of a head, given its blendshapes, whose performer has this tissue; None: not known."""
    code = weights.head_code(neutral_vertices)
    prior = tissue_prior(weights, code, setting)
    tissue = np.zeros(FEATURE_SIZE) if setting is None else setting.features()
    return HeadNetwork(
        basis=head_basis(weights, neutral_vertices, expressions).matrix,
        residual_std=residual_std(weights, neutral_vertices, setting),
        prior_mean=prior.mean,
        prior_covariance=prior.covariance,
        condition=np.concatenate([code, tissue]),
    )


def tissue_prior(weights: NetworkWeights, code: np.ndarray, setting: TissueSetting | None) -> Prior:
    """Mean and covariance over canonical expressions, of one setting or of many."""
    settings = [setting] if setting is not None else _many_settings()
    latents = np.concatenate([expression_latents(weights, code, one) for one in settings]).astype(float)
    mean = latents.mean(0)
    away = latents - mean
    covariance = away.T @ away / len(away) + forward_error(weights, setting)
    return Prior(mean, covariance + _PRIOR_FLOOR * np.eye(len(mean)))


def forward_error(
    weights: NetworkWeights, setting: TissueSetting | None
) -> Float[np.ndarray, "latent latent"]:
    """Second moment of the forward network's error; blendshape weights pass through it without any.

    Usual tissue has its own, which is small: there the simulation hardly differs from the blendshapes.
    """
    shapes = weights.arrays["canonical"].shape[1]
    return np.pad(_by_tissue(weights, "error", setting), [(shapes, 0), (shapes, 0)])


def residual_std(
    weights: NetworkWeights, neutral_vertices: Float[np.ndarray, "vertices 3"], setting: TissueSetting | None
) -> Float[np.ndarray, "coordinates"]:
    """What the basis leaves, metres."""
    scale = weights.head_scale(neutral_vertices)
    return (scale * _by_tissue(weights, "residual_std", setting)).astype(np.float32)


def _by_tissue(weights: NetworkWeights, name: str, setting: TissueSetting | None) -> np.ndarray:
    default, edited = (weights.arrays[f"{tissue}_{name}"].astype(float) for tissue in ("usual", "edited"))
    return between_tissues(default, edited, 1.0 if setting is None else edited_fraction(setting.code()))


def between_tissues(default: np.ndarray, edited: np.ndarray, fraction: float | np.ndarray) -> np.ndarray:
    """What holds for tissue that is unusual by this share (`unusual`), 1 where it is not known."""
    return default + fraction * (edited - default)


def expression_latents(
    weights: NetworkWeights, code: np.ndarray, setting: TissueSetting
) -> Float[np.ndarray, "expressions latent"]:
    return folded_forward(weights, code, setting)(weights.arrays["canonical"].astype(np.float32))


def folded_forward(weights: NetworkWeights, code: np.ndarray, setting: TissueSetting) -> FoldedLayers:
    """SoftDECA for one head and tissue."""
    return fold_forward(weights.part("forward"), np.concatenate([code, setting.features()]))


def corrector_condition(
    condition: Float[np.ndarray, "condition"],
    noise_std_m: float,
    deviation: Float[np.ndarray, "latent"],
) -> Float[np.ndarray, "corrector_condition"]:
    """What the corrector is told: head, tissue, noise (typical, logarithmic), and what is left unknown."""
    noise = np.log10(max(noise_std_m, 1e-5) / 1e-3)
    unknown = np.log10(np.maximum(deviation, 1e-4)) + 1
    return np.concatenate([condition, [noise], unknown])


def folded_corrector(
    weights: NetworkWeights, head: HeadNetwork, noise_std_m: float, posterior: LandmarkPosterior
) -> FoldedLayers:
    told = corrector_condition(head.condition, noise_std_m, posterior.deviation)
    return fold_corrector(weights.part("corrector"), told, posterior.deviation)


def _many_settings() -> list[TissueSetting]:
    rng = np.random.default_rng(0)
    return [default_setting(), *(sample_setting(rng) for _ in range(_AVERAGED_SETTINGS - 1))]

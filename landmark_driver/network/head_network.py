"""The networks specialised for one head: all that runs once for a head and its tissue, in NumPy, well under a second.

A latent is [a; r]: weights a of the head's own 52 blendshapes (over `WEIGHT_UNIT`), and K coefficients r of the tissue's
motion beyond them, in a basis that all heads share. So a head that no training has seen still moves with
its own shapes; only how its tissue differs from them is learned.

The prior has the mean and covariance of the latents that the forward network gives this head over a fixed set of
expressions, plus the network's own error on heads it has not seen. Where the performer's
tissue is not known the prior is averaged over settings, because a wrong prior is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float

from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.network.film_network import FoldedLayers, fold_corrector, fold_forward
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.network.residual_stage import landmark_rows
from landmark_driver.posterior.evidence import ResidualChoice
from landmark_driver.posterior.landmark_covariance import LandmarkCovariance
from landmark_driver.posterior.landmark_noise import LandmarkNoise, tremble_columns
from landmark_driver.posterior.landmark_posterior import LandmarkPosterior
from landmark_driver.posterior.residual_kernel import ResidualKernel
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import (
    FEATURE_SIZE,
    TissueSetting,
    default_setting,
    edited_fraction,
)

_AVERAGED_SETTINGS = 16
_LEFT_ALONE = 0.1
"""The fraction of the displacements outside the basis that is each landmark's own where a residual kernel has the rest.
Of 1, 0.33 and 0.1 the last leaves least on held-out heads."""
_PRIOR_FLOOR = 1e-5
"""Variance that every latent keeps, relative to its variance over the training data."""


@dataclass(frozen=True)
class Prior:
    """Mean and covariance of a head's latents before any landmark is seen."""

    mean: Float[np.ndarray, "latent"]
    covariance: Float[np.ndarray, "latent latent"]


@dataclass(frozen=True)
class HeadNetwork:
    """One head's networks for any layout."""

    basis: Float[np.ndarray, "latent coordinates"]
    """Metres: 52 blendshapes, then the shared basis."""
    residual_std: Float[np.ndarray, "coordinates"]
    """Standard deviation of the displacements that the basis leaves out, metres."""
    prior_mean: Float[np.ndarray, "latent"]
    prior_covariance: Float[np.ndarray, "latent latent"]
    condition: Float[np.ndarray, "condition"]
    """Identity code and tissue features."""

    def rows(self, layout: LandmarkEmbedding) -> Float[np.ndarray, "coordinates latent"]:
        """Return the displacement of each landmark for a latent of one: the basis, interpolated.

        Args:
            layout: the landmarks' triangles on the head.

        Returns:
            (3 L, Z) metres, head frame.
        """
        return landmark_rows(self.basis, layout)

    def posterior(
        self,
        layout: LandmarkEmbedding,
        neutral_vertices: Float[np.ndarray, "vertices 3"],
        noise: LandmarkNoise,
        choice: ResidualChoice,
        kernel: ResidualKernel | None = None,
    ) -> LandmarkPosterior:
        """Return the posterior of the latent for landmarks in a layout.

        A landmark's standard deviation joins the tracker's noise and the residual r of the basis at its corners, with
        barycentric weights β: σ² = σ_tracker² + f² Σ β r². f is one without a residual kernel, which has most of r else.

        Args:
            layout: the landmarks' triangles on the head.
            neutral_vertices: (V, 3) metres, head frame.
            noise: errors of the landmarks, metres.
            choice: what landmarks may do beside the latent.
            kernel: of the residual motion; None where its amplitude is zero.

        Returns:
            The map from (3 L,) displacements to the posterior mean of the (Z,) latent.
        """
        left_out = np.einsum(
            "lkc,lk->lc", self.residual_std.reshape(-1, 3)[layout.corners] ** 2, layout.weights
        )
        if choice.amplitude > 0:
            left_out = _LEFT_ALONE**2 * left_out
        tremble = tremble_columns(layout(neutral_vertices.astype(float)), choice.trembles)
        columns = np.concatenate([tremble, noise.columns], 1)
        among = None
        if kernel is not None and choice.amplitude > 0:
            among = choice.amplitude**2 * kernel.among(layout)
        beside = LandmarkCovariance(among, np.sqrt(noise.std_m**2 + left_out), columns)
        return LandmarkPosterior(self.rows(layout), self.prior_mean, self.prior_covariance, beside)


HEAD_NETWORK_ARRAYS = tuple(item.name for item in fields(HeadNetwork))


def specialise(
    weights: NetworkWeights,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    expressions: Float[np.ndarray, "52 vertices 3"],
    setting: TissueSetting | None = None,
) -> HeadNetwork:
    """Return the networks of a head, given its blendshapes.

    Args:
        weights: the trained network weights.
        neutral_vertices: (V, 3) metres, head frame.
        expressions: (52, V, 3) metres, displacements at weight one.
        setting: tissue of the performer; None where it is not known.

    Returns:
        The head's networks for any layout.

    Raises:
        WeightsError: for a head of another model.
    """
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
    """Return the prior of a head's latents over canonical expressions, of one setting or of many.

    Args:
        weights: the trained network weights.
        code: (I,) identity code.
        setting: tissue of the performer; None averages over the default setting and 15 drawn ones.

    Returns:
        Mean and covariance, with the forward network's error.
    """
    settings = [setting] if setting is not None else _many_settings()
    latents = np.concatenate([expression_latents(weights, code, one) for one in settings]).astype(float)
    mean = latents.mean(0)
    away = latents - mean
    covariance = away.T @ away / len(away) + forward_error(weights, setting)
    return Prior(mean, covariance + _PRIOR_FLOOR * np.eye(len(mean)))


def forward_error(
    weights: NetworkWeights, setting: TissueSetting | None
) -> Float[np.ndarray, "latent latent"]:
    """Return the second moment of the forward network's error; blendshape weights pass through it without any.

    Args:
        weights: the trained network weights.
        setting: tissue of the performer; None counts as edited in full.

    Returns:
        (Z, Z), zero for the 52 weights. Default tissue has its own, which is small: there the simulation hardly differs
        from the blendshapes.
    """
    shapes = weights.arrays["canonical"].shape[1]
    return np.pad(_by_tissue(weights, "error", setting), [(shapes, 0), (shapes, 0)])


def residual_std(
    weights: NetworkWeights, neutral_vertices: Float[np.ndarray, "vertices 3"], setting: TissueSetting | None
) -> Float[np.ndarray, "coordinates"]:
    """Return the standard deviation of the displacements that the basis leaves out.

    Args:
        weights: the trained network weights.
        neutral_vertices: (V, 3) metres, head frame.
        setting: tissue of the performer; None counts as edited in full.

    Returns:
        (V*3,) metres, head frame, float32.

    Raises:
        WeightsError: for a head of another model.
    """
    scale = weights.head_scale(neutral_vertices)
    return (scale * _by_tissue(weights, "residual_std", setting)).astype(np.float32)


def _by_tissue(weights: NetworkWeights, name: str, setting: TissueSetting | None) -> np.ndarray:
    default, edited = (weights.arrays[f"{tissue}_{name}"].astype(float) for tissue in ("usual", "edited"))
    return between_tissues(default, edited, 1.0 if setting is None else edited_fraction(setting.code()))


def between_tissues(default: np.ndarray, edited: np.ndarray, fraction: float | np.ndarray) -> np.ndarray:
    """Return the value for tissue between default and edited: default + fraction (edited - default).

    Args:
        default: value for default tissue.
        edited: value for edited tissue, of the same shape.
        fraction: of the edit in 0..1 (`edited_fraction`), broadcast over the values; 1 where tissue is not known.

    Returns:
        The value, in the unit of both.
    """
    return default + fraction * (edited - default)


def expression_latents(
    weights: NetworkWeights, code: np.ndarray, setting: TissueSetting
) -> Float[np.ndarray, "expressions latent"]:
    """Return the latents of the canonical expressions for one head and tissue.

    Args:
        weights: the trained network weights.
        code: (I,) identity code.
        setting: tissue of the head.

    Returns:
        (E, Z) float32.
    """
    return folded_forward(weights, code, setting)(weights.arrays["canonical"].astype(np.float32))


def folded_forward(weights: NetworkWeights, code: np.ndarray, setting: TissueSetting) -> FoldedLayers:
    """Return SoftDECA for one head and tissue.

    Args:
        weights: the trained network weights.
        code: (I,) identity code.
        setting: tissue of the head.

    Returns:
        Layers from (52,) ARKit weights in 0..1 to the (Z,) latent.
    """
    return fold_forward(weights.part("forward"), np.concatenate([code, setting.features()]))


def corrector_condition(
    condition: Float[np.ndarray, "condition"],
    noise_std_m: float,
    deviation: Float[np.ndarray, "latent"],
) -> Float[np.ndarray, "corrector_condition"]:
    """Return the corrector's condition: head, tissue, noise, and the posterior's uncertainty.

    Args:
        condition: (C,) identity code, then tissue features.
        noise_std_m: typical standard deviation of the landmarks, metres.
        deviation: (Z,) posterior standard deviations of the latent.

    Returns:
        (C + 1 + Z,): the condition, log10 of the noise over 1 mm (from 0.01 mm on), log10 of the deviations (from 1e-4 on)
        plus one.
    """
    noise = np.log10(max(noise_std_m, 1e-5) / 1e-3)
    unknown = np.log10(np.maximum(deviation, 1e-4)) + 1
    return np.concatenate([condition, [noise], unknown])


def folded_corrector(
    weights: NetworkWeights, head: HeadNetwork, noise_std_m: float, posterior: LandmarkPosterior
) -> FoldedLayers:
    """Return the corrector for one head, tissue, layout and noise.

    Args:
        weights: the trained network weights, with a corrector.
        head: the networks of the head.
        noise_std_m: typical standard deviation of the landmarks, metres.
        posterior: of the latent, for the head and the layout.

    Returns:
        Layers from the (Z,) posterior mean to its (Z,) correction.
    """
    told = corrector_condition(head.condition, noise_std_m, posterior.deviation)
    return fold_corrector(weights.part("corrector"), told, posterior.deviation)


def _many_settings() -> list[TissueSetting]:
    rng = np.random.default_rng(0)
    return [default_setting(), *(sample_setting(rng) for _ in range(_AVERAGED_SETTINGS - 1))]

"""The networks inside a character: made for its head, and for the tissue that it shows.

The performer shows a healthy face; the character may have other tissue. Over the canonical expressions the
forward network tells the latents z of usual tissue and those of the shown tissue, z + Δ. The driver shows

    z + Δ̄ + M (z - z̄),   M = Cov(Δ, z) (Cov(z) + E)⁻¹

with E the network's own error: the best linear guess of what this tissue does with what was seen. A
paralysed cheek stays still although the performer's moves; for usual tissue nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from landmark_driver.drivers.secondary_motion import SwayMode, sway_mode
from landmark_driver.drivers.sparse_driver import FoldedDriver, fold_driver
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.network.film_network import FoldedLayers
from landmark_driver.network.head_network import (
    HeadNetwork,
    expression_latents,
    folded_forward,
    forward_error,
    head_basis,
    specialise,
)
from landmark_driver.network.landmark_posterior import LandmarkNoise
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting, setting_from_code

PREFIX = "network."
_PULL_M_S2 = 4.0
_INWARD = 0.8
"""Kept away from the largest gravity there is."""


@dataclass(frozen=True)
class CharacterNetwork:
    """The trained weights, and what they say about one head."""

    weights: NetworkWeights
    neutral_vertices: Float[np.ndarray, "vertices 3"]
    expressions: Float[np.ndarray, "52 vertices 3"]
    shown: TissueSetting
    prior_mean: Float[np.ndarray, "latent"]
    prior_covariance: Float[np.ndarray, "latent latent"]
    condition: Float[np.ndarray, "condition"]
    residual_std: Float[np.ndarray, "coordinates"]

    @cached_property
    def head(self) -> HeadNetwork:
        basis = head_basis(self.weights, self.neutral_vertices, self.expressions)
        return HeadNetwork(basis, **{name: getattr(self, name) for name in _OWN})

    def with_setting(self, shown: TissueSetting) -> CharacterNetwork:
        """Show another tissue on the same head; TissueSettingError outside the range that networks learned."""
        shown.check_trained()
        return replace(self, shown=shown)

    def fold(self, layout: LandmarkEmbedding, noise: LandmarkNoise | None = None) -> FoldedDriver:
        """The driver for a layout, which shows the shown tissue."""
        folded = fold_driver(self.weights, self.head, self.neutral_vertices, layout, noise, gaze_known=True)
        return self.shown_in(replace(folded, still=folded.latent(np.zeros_like(folded.gain[0]))))

    def shown_in(self, folded: FoldedDriver) -> FoldedDriver:
        """A driver of this head that shows this tissue; what it sees stays the same.

        A face that does not move is the neutral one at rest, whatever the prior would guess.
        """
        map_, offset = self.tissue_map
        resting = (offset + map_ @ folded.still).astype(np.float32) @ self.head.basis
        return replace(
            folded,
            tissue=map_.astype(np.float32) if map_.any() else None,
            resting=self.neutral_vertices.astype(np.float32).ravel() + resting,
            give=self.give,
            sway_mode=self.sway_mode,
        )

    @cached_property
    def tissue_map(self) -> tuple[Float[np.ndarray, "latent latent"], Float[np.ndarray, "latent"]]:
        """M and the constant that the shown tissue adds to a latent: zero for usual tissue."""
        usual = self._usual_latents
        return _regression(usual, self._shown_latents - usual, self._error)

    def folded_forward(self) -> FoldedLayers:
        """SoftDECA of this head and the shown tissue: ARKit weights to latent."""
        return folded_forward(self.weights, self._code, self.shown)

    @cached_property
    def give(self) -> Float[np.ndarray, "3 coordinates"]:
        """How the shown tissue gives way to 1 m/s^2 along each axis: metres, mean over expressions."""
        latents = []
        for axis in np.eye(3):
            pulled = [
                replace(self.shown, gravity=self.shown.gravity * _INWARD + side * _PULL_M_S2 * axis)
                for side in (1, -1)
            ]
            up, down = (expression_latents(self.weights, self._code, setting).mean(0) for setting in pulled)
            latents.append((up - down) / (2 * _PULL_M_S2))
        return np.array(latents, np.float32) @ self.head.basis

    @property
    def sway_mode(self) -> SwayMode:
        return sway_mode(self.give.reshape(3, -1, 3), self.neutral_vertices)

    def arrays(self) -> dict[str, np.ndarray]:
        """For the character file."""
        own = {name: getattr(self, name) for name in _OWN} | {"shown": self.shown.code()}
        return {PREFIX + name: array for name, array in own.items()} | {
            f"{PREFIX}weights.{name}": array for name, array in self.weights.arrays.items()
        }

    @staticmethod
    def from_arrays(
        arrays: dict[str, np.ndarray], neutral_vertices: np.ndarray, expressions: np.ndarray
    ) -> CharacterNetwork:
        prefix = PREFIX + "weights."
        trained = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
        own = {name: arrays[PREFIX + name] for name in _OWN}
        shown = setting_from_code(arrays[PREFIX + "shown"])
        return CharacterNetwork(NetworkWeights(trained), neutral_vertices, expressions, shown, **own)

    @cached_property
    def _usual_latents(self) -> Float[np.ndarray, "expressions latent"]:
        return expression_latents(self.weights, self._code, default_setting()).astype(float)

    @cached_property
    def _shown_latents(self) -> Float[np.ndarray, "expressions latent"]:
        return expression_latents(self.weights, self._code, self.shown).astype(float)

    @property
    def _code(self) -> Float[np.ndarray, "code"]:
        return self.condition[: len(self.weights.arrays["code_std"])]

    @property
    def _error(self) -> Float[np.ndarray, "latent latent"]:
        return forward_error(self.weights, default_setting())


_OWN = ("prior_mean", "prior_covariance", "condition", "residual_std")


def character_network(
    weights: NetworkWeights,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    expressions: Float[np.ndarray, "52 vertices 3"],
    performer: TissueSetting | None = None,
) -> CharacterNetwork:
    """The networks of a head and its blendshapes; the performer's tissue is not known unless given.

    Raises WeightsError.
    """
    head = specialise(weights, neutral_vertices, expressions, performer)
    own = {name: getattr(head, name) for name in _OWN}
    return CharacterNetwork(weights, neutral_vertices, expressions, default_setting(), **own)


def _regression(source, target, error) -> tuple[np.ndarray, np.ndarray]:
    """The linear map, and its constant, that guess `target` rows from `source` rows seen with this error."""
    map_ = target.T @ regression_rows(source, error)
    return map_, target.mean(0) - map_ @ source.mean(0)


def regression_rows(
    source: Float[np.ndarray, "samples n"], error: Float[np.ndarray, "n n"]
) -> Float[np.ndarray, "samples n"]:
    """Rows L of which targetᵀ L is the map from `source`, seen with this error, to any target."""
    away = source - source.mean(0)
    inward = away.T @ away / len(away) + error + 1e-5 * np.eye(len(error))
    return np.linalg.solve(inward, away.T / len(away)).T

"""A head's basis of displacements: its own 52 blendshapes, then a basis that all heads share, in its size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.network_weights import NetworkWeights


@dataclass(frozen=True)
class HeadBasis:
    """Displacements (metres) for latents of one; eyeballs, which gaze turns, stay."""

    own: Float[np.ndarray, "52 coordinates"]
    """float32, metres."""
    shared: Float[np.ndarray, "shared coordinates"]
    """As trained, in units of the head's scale; half precision."""
    scale: float
    """Metres."""

    @cached_property
    def matrix(self) -> Float[np.ndarray, "latent coordinates"]:
        """Both parts in metres, float32."""
        return np.concatenate([self.own, np.float32(self.scale) * self.shared.astype(np.float32)])

    @property
    def moving_vertices(self) -> Int[np.ndarray, "moving"]:
        """Vertices that a latent moves."""
        moving = self.own.any(0) | self.shared.any(0)
        return np.flatnonzero(moving.reshape(-1, 3).any(1))


def head_basis(
    weights: NetworkWeights,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    expressions: Float[np.ndarray, "52 vertices 3"],
) -> HeadBasis:
    """Return the basis of a head.

    Args:
        weights: the trained network weights.
        neutral_vertices: (V, 3) metres, head frame.
        expressions: (52, V, 3) metres, displacements at weight one.

    Returns:
        The head's own blendshapes, zero where the shared basis moves no coordinate, and the shared basis.

    Raises:
        WeightsError: for a head of another model.
    """
    own = WEIGHT_UNIT * expressions.reshape(len(expressions), -1) * weights.basis.any(0)
    return HeadBasis(own.astype(np.float32), weights.arrays["basis"], weights.head_scale(neutral_vertices))

"""The forward network (SoftDECA) in NumPy, from arrays of the names that training gives them.

A trunk reads the condition (identity code and tissue) and scales and shifts the hidden layers (FiLM: Perez et al. 2018),
so that for a fixed condition the network folds into plain matrices.

    t = silu(T0 [h, c] + t0) - silu(T0 [h, 0] + t0);  (gamma, beta) = T1 t
    h1 = silu((1 + gamma1) (A1 w + a1) + beta1);  h2 likewise from h1
    r = L w + O h2 + R [(U w) (V t)] + N [c, t];  z = [w / WEIGHT_UNIT, r]

h is the head and c its tissue, zero for the default one: with it the network gives the same for every head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.tissue.tissue_setting import FEATURE_SIZE

Arrays = dict[str, np.ndarray]

WEIGHT_UNIT = 0.25
"""ARKit weight of a blendshape whose latent is one: latents are of about unit size."""


@dataclass(frozen=True)
class FoldedLayers:
    """x -> Direct x + Out silu(... silu(W1 x + b1) ...) + b, with plain matrices, float32."""

    direct: Float[np.ndarray, "out in"]
    hidden: tuple[tuple[np.ndarray, np.ndarray], ...]
    out: Float[np.ndarray, "out width"]
    bias: Float[np.ndarray, "out"]

    def __call__(self, x: Float[np.ndarray, "*batch in"]) -> Float[np.ndarray, "*batch out"]:
        """Return the output of the layers.

        Args:
            x: (*batch, in) float32.

        Returns:
            (*batch, out) float32.
        """
        h = x
        for weight, bias in self.hidden:
            h = silu(h @ weight.T + bias)
        return h @ self.out.T + self.bias + x @ self.direct.T


def fold_forward(arrays: Arrays, condition: Float[np.ndarray, "condition"]) -> FoldedLayers:
    """Return the forward network for one head and tissue.

    Args:
        arrays: network weights by the names of training, without a prefix.
        condition: (C,) identity code, then tissue features.

    Returns:
        Layers from (52,) ARKit weights in 0..1 to the (Z,) latent, float32.
    """
    tissue = condition[-FEATURE_SIZE:]
    default = np.concatenate([condition[:-FEATURE_SIZE], np.zeros(FEATURE_SIZE)])
    trunk, of_default = (
        silu(arrays["trunk.weight"] @ c + arrays["trunk.bias"]) for c in (condition, default)
    )
    trunk = trunk - of_default
    factor = arrays["bilinear.weight"] @ trunk
    direct = arrays["linear.weight"] + (arrays["mix.weight"] * factor) @ arrays["shapes.weight"]
    bias = arrays["rest.weight"] @ np.concatenate([tissue, trunk])
    shapes, width = direct.shape[1], arrays["out.weight"].shape[1]
    direct = np.concatenate([np.eye(shapes) / WEIGHT_UNIT, direct])
    out = np.concatenate([np.zeros((shapes, width)), arrays["out.weight"]])
    bias = np.concatenate([np.zeros(shapes), bias])
    hidden = tuple(
        (weight.astype(np.float32), bias.astype(np.float32)) for weight, bias in _hidden(arrays, trunk)
    )
    return FoldedLayers(direct.astype(np.float32), hidden, out.astype(np.float32), bias.astype(np.float32))


def silu(x: np.ndarray) -> np.ndarray:
    """Return x sigmoid(x), by tanh, which does not overflow.

    Args:
        x: array of any shape.

    Returns:
        Array of the same shape.
    """
    return x * (0.5 + 0.5 * np.tanh(0.5 * x))


def _hidden(arrays: Arrays, trunk: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield weight and bias of the hidden layers, scaled and shifted by the trunk."""
    film = (arrays["film.weight"] @ trunk).reshape(2, 2, -1)
    for number, (gamma, beta) in enumerate(film):
        weight, bias = arrays[f"hidden.{number}.weight"], arrays[f"hidden.{number}.bias"]
        yield (1 + gamma)[:, None] * weight, (1 + gamma) * bias + beta

"""What a character computes every frame, as plain matrices: the constants of an exported graph.

    z₀ = gain d + look_gain l + offset;   z₁ = z₀ + corrector(z₀);   a = within 0..1 of z₁'s weights
    r = z₁'s rest + follow (a - z₁'s weights);   y = [a; r] - still
    vertices = neutral + (y + [0; M y + rest]) basis

with displacements d (metres), l the weights of the eight eyeLook shapes, M what the shown tissue makes of what is
seen, and `rest` how it hangs when nothing moves (`landmark_driver/network/character_network.py`). Weights are in 0..1 where the
driver's latents have `WEIGHT_UNIT`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import ARKIT_COUNT
from export.graph.box_iteration import BoxIteration, box_iteration
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.network.character_network import CharacterNetwork, regression_rows
from landmark_driver.network.film_network import WEIGHT_UNIT, Arrays, FoldedLayers, silu
from landmark_driver.network.head_network import expression_latents, forward_error
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import FEATURE_SIZE, default_setting

LOOK_NAMES = tuple(name for name in ARKIT_NAMES if name.startswith("eyeLook"))
_SEED, _TISSUES, _TRUNK_TISSUES, _RIDGE = 1905, 4, 2000, 0.01
_DEVIATION_M = np.array([0.0005, 0.0005, 0.0015])
LOOKS = np.array([ARKIT_NAMES.index(name) for name in LOOK_NAMES])


@dataclass(frozen=True)
class SparseFrame:
    """SparseSoftDECA's constants. Latents as in the driver, but weights in 0..1 in the box."""

    gain: Float[np.ndarray, "latent coordinates"]
    look_gain: Float[np.ndarray, "latent 8"]
    offset: Float[np.ndarray, "latent"]
    corrector: FoldedLayers
    box: BoxIteration
    follow: Float[np.ndarray, "rest 52"]
    still: Float[np.ndarray, "latent"]


@dataclass(frozen=True)
class TissueResponse:
    """What tells the effect of a tissue: the forward network of one head, and the expressions it is asked about.

    `identity` is the part of the trunk's answer that no tissue changes. With Δ the change of the latents of all
    canonical expressions, Δᵀ `regression` is [M, how the tissue rests].
    """

    forward: Arrays
    identity: Float[np.ndarray, "trunk"]
    canonical: Float[np.ndarray, "expressions 52"]
    regression: Float[np.ndarray, "expressions latent_and_rest"]
    changes: Float[np.ndarray, "expressions expressions"]
    """How expressions change together, over random tissues."""
    trunk: Float[np.ndarray, "trunk trunk"]
    """How the trunk's answers differ from those to usual tissue, over random tissues."""


def sparse_frame(folded: FoldedDriver) -> SparseFrame:
    """Of a driver for a layout, whose gaze is known."""
    assert folded.looks is not None, "a driver that is told where the eyes look"
    gain = folded.posterior.gain.copy()
    look_gain = -gain @ folded.looks.astype(float)
    offset = folded.posterior.offset.copy()
    gain[LOOKS], offset[LOOKS], look_gain[LOOKS] = 0.0, 0.0, np.eye(len(LOOKS))
    covariance = folded.posterior.covariance
    precision = np.linalg.inv(covariance[:ARKIT_COUNT, :ARKIT_COUNT])
    precision = (precision + precision.T) / 2
    return SparseFrame(
        gain=gain,
        look_gain=look_gain / WEIGHT_UNIT,
        offset=offset,
        corrector=folded.corrector,
        box=box_iteration(precision),
        follow=covariance[ARKIT_COUNT:, :ARKIT_COUNT] @ precision,
        still=np.asarray(folded.still, float),
    )


def tissue_response(network: CharacterNetwork, still: Float[np.ndarray, "latent"]) -> TissueResponse:
    weights, code = network.weights, network.condition[:-FEATURE_SIZE]
    forward = weights.part("forward")
    of_head = forward["trunk.weight"][:, :-FEATURE_SIZE].astype(float)
    usual = expression_latents(weights, code, default_setting()).astype(float)
    rows = regression_rows(usual, forward_error(weights, default_setting()))
    identity = of_head @ code + forward["trunk.bias"]
    resting = 1 / len(usual) + rows @ (still - usual.mean(0))
    return TissueResponse(
        forward=forward,
        identity=identity,
        canonical=weights.arrays["canonical"],
        regression=np.concatenate([rows, resting[:, None]], 1),
        changes=_changes(network, usual),
        trunk=_trunk_answers(forward, identity),
    )


def usual_latents(network: CharacterNetwork, folded: FoldedDriver) -> Float[np.ndarray, "some latent"]:
    """Latents that this head takes, less those of a neutral one, read from landmarks with half a millimetre of noise."""
    gain, exact = folded.posterior.gain, _expressions(network) - folded.still
    noise = np.random.default_rng(_SEED).normal(0, _DEVIATION_M, (len(exact), gain.shape[1] // 3, 3))
    return exact + noise.reshape(len(exact), -1) @ gain.T


def usual_displacements(
    network: CharacterNetwork, rows: Float[np.ndarray, "landmarks_3 latent"]
) -> Float[np.ndarray, "landmarks_3 landmarks_3"]:
    """The second moment of landmarks' displacements, with a millimetre of noise."""
    moved = _expressions(network) @ rows.T
    noise = np.tile((2 * _DEVIATION_M) ** 2, len(rows) // 3)
    return moved.T @ moved / len(moved) + np.diag(noise)


def _changes(network: CharacterNetwork, usual: Float[np.ndarray, "expressions latent"]) -> np.ndarray:
    """Second moments over latents and tissues, and a little of every direction."""
    shown = _expressions(network).reshape(-1, *usual.shape)[1:]
    moments = np.mean([(one - usual) @ (one - usual).T for one in shown], 0)
    return moments + np.eye(len(usual)) * (_RIDGE * np.trace(moments) / len(usual))


def _trunk_answers(forward: Arrays, identity: Float[np.ndarray, "trunk"]) -> np.ndarray:
    rng = np.random.default_rng(_SEED)
    features = np.array([sample_setting(rng).features() for _ in range(_TRUNK_TISSUES)])
    told = silu(features @ forward["trunk.weight"][:, -FEATURE_SIZE:].T + identity) - silu(identity)
    return told.T @ told / len(told)


def _expressions(network: CharacterNetwork) -> Float[np.ndarray, "some latent"]:
    """Latents of the canonical expressions in usual tissue and in a few random ones."""
    rng, code = np.random.default_rng(_SEED), network.condition[:-FEATURE_SIZE]
    settings = [default_setting(), *(sample_setting(rng) for _ in range(_TISSUES))]
    return np.concatenate([expression_latents(network.weights, code, setting) for setting in settings])

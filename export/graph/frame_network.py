"""The constants of an exported graph: those of the compiled frame, and the response of networks to a material.

    z = gain d + look_gain l + offset                                    stages looks and posterior
    a = within 0..1 of z's weights;   r = z's rest + follow (a - z's weights)           stage bounds
    y = [a; r] - rest_latent;   vertices = neutral + (y + [0; M y + rest]) basis       stage decoder

with displacements d (metres), l the weights of the eight eyeLook shapes, M and `rest` the map and the constant of the target
material (`landmark_driver/network/character_network.py`). Weights are in 0..1 where the program's latents have `WEIGHT_UNIT`.
The stage residual is in `residual_graph.py`. The stages sway, lips and eyes are not in the graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from export.graph.box_iteration import BoxIteration, box_iteration
from landmark_driver.head.eyes import EYE_LOOKS
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.film_network import WEIGHT_UNIT, Arrays, silu
from landmark_driver.network.frame_program import FrameProgram
from landmark_driver.network.head_network import expression_latents, forward_error
from landmark_driver.network.latent_regression import regression_inward, regression_rows
from landmark_driver.network.latent_stages import Bounds, Posterior
from landmark_driver.network.residual_stage import Residual
from landmark_driver.network.vertex_stages import decoder_of
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import FEATURE_SIZE, default_setting

_SEED, _MATERIALS, _TRUNK_MATERIALS, _RIDGE = 1905, 4, 2000, 0.01
_DEVIATION_M = np.array([0.0005, 0.0005, 0.0015])


@dataclass(frozen=True)
class SparseFrame:
    """SparseSoftDECA's constants up to the decoder. Latents as in the program, but weights in 0..1 in the box."""

    gain: Float[np.ndarray, "latent coordinates"]
    look_gain: Float[np.ndarray, "latent 8"]
    offset: Float[np.ndarray, "latent"]
    box: BoxIteration
    follow: Float[np.ndarray, "rest 52"]
    rest_latent: Float[np.ndarray, "latent"]


@dataclass(frozen=True)
class TissueResponse:
    """The forward network of one head, and the expressions over which a material's effect is measured.

    `identity` is the part of the trunk's sum, before its activation, that no material changes. With Δ the change of the
    latents of all canonical expressions, Δᵀ `regression` is [M, rest].
    """

    forward: Arrays
    identity: Float[np.ndarray, "trunk"]
    canonical: Float[np.ndarray, "expressions 52"]
    regression: Float[np.ndarray, "expressions latent_and_rest"]
    expressions: Float[np.ndarray, "latent latent"]
    """Sum of outer products of the default material's expressions, less their mean."""
    inward: Float[np.ndarray, "latent latent"]
    """The same, and the error with which the regression sees them."""
    changes: Float[np.ndarray, "expressions expressions"]
    """Second moments of the expressions' changes, over random materials."""
    trunk: Float[np.ndarray, "trunk trunk"]
    """Second moments of the trunk's outputs less that for the default material, over random materials."""


def sparse_frame(program: FrameProgram) -> SparseFrame:
    """Return the constants of a program from landmarks to vertices whose gaze is known.

    Args:
        program: the arrays of its stages posterior, bounds and decoder are copied.

    Returns:
        The constants. The stages looks and posterior become one product: eyeLook rows pass the looks on.
    """
    posterior, decoder = posterior_of(program), decoder_of(program)
    bounds = program.stage("bounds")
    assert isinstance(bounds, Bounds)
    assert posterior.looks is not None, "a program whose gaze is known"
    gain, offset = posterior.gain.copy(), posterior.offset.copy()
    look_gain = -gain.astype(float) @ posterior.looks
    gain[EYE_LOOKS], offset[EYE_LOOKS], look_gain[EYE_LOOKS] = 0.0, 0.0, np.eye(len(EYE_LOOKS))
    return SparseFrame(
        gain=gain,
        look_gain=look_gain / WEIGHT_UNIT,
        offset=offset,
        box=box_iteration(bounds.bounded.precision),
        follow=bounds.bounded.follow,
        rest_latent=decoder.rest_latent,
    )


def posterior_of(program: FrameProgram) -> Posterior:
    """Return the stage that reads landmarks.

    Args:
        program: from landmarks to vertices.

    Returns:
        Its stage posterior.
    """
    stage = program.stage("posterior")
    assert isinstance(stage, Posterior)
    return stage


def residual_of(program: FrameProgram) -> Residual:
    """Return the stage that moves the skin beside the latent.

    Args:
        program: from a tracker's landmarks to vertices.

    Returns:
        Its stage residual.
    """
    stage = program.stage("residual")
    assert isinstance(stage, Residual)
    return stage


def tissue_response(network: CharacterNetwork, rest_latent: Float[np.ndarray, "latent"]) -> TissueResponse:
    """Return how a head's latents respond to a material.

    Args:
        network: the head's networks; their target material does not count.
        rest_latent: (Z,) latent of a face that does not move.

    Returns:
        The forward network's arrays, and the rows that turn changes of latents into [M, rest].
    """
    weights, code = network.weights, network.condition[:-FEATURE_SIZE]
    forward = weights.part("forward")
    of_head = forward["trunk.weight"][:, :-FEATURE_SIZE].astype(float)
    default = expression_latents(weights, code, default_setting()).astype(float)
    error, away = forward_error(weights, default_setting()), default - default.mean(0)
    rows = regression_rows(default, error)
    identity = of_head @ code + forward["trunk.bias"]
    resting = 1 / len(default) + rows @ (rest_latent - default.mean(0))
    return TissueResponse(
        forward=forward,
        identity=identity,
        canonical=weights.arrays["canonical"],
        regression=np.concatenate([rows, resting[:, None]], 1),
        expressions=away.T @ away,
        inward=regression_inward(default, error) * len(default),
        changes=_changes(network, default),
        trunk=_trunk_answers(forward, identity),
    )


def typical_latents(network: CharacterNetwork, program: FrameProgram) -> Float[np.ndarray, "some latent"]:
    """Return latents that this head takes, read from noisy landmarks.

    Args:
        network: the head's networks; their target material does not count.
        program: from landmarks to vertices.

    Returns:
        (N, Z) differences from the latent at rest: the canonical expressions in five materials. The landmarks'
        noise is half a millimetre across the view and three times as much in depth.
    """
    gain = posterior_of(program).gain
    exact = _expressions(network) - decoder_of(program).rest_latent
    noise = np.random.default_rng(_SEED).normal(0, _DEVIATION_M, (len(exact), gain.shape[1] // 3, 3))
    return exact + noise.reshape(len(exact), -1) @ gain.T


def displacement_moments(
    network: CharacterNetwork, rows: Float[np.ndarray, "landmarks_3 latent"]
) -> Float[np.ndarray, "landmarks_3 landmarks_3"]:
    """Return the second moment of landmarks' displacements.

    Args:
        network: the head's networks; their target material does not count.
        rows: (3 L, Z) metres, displacement of each landmark for a latent of one.

    Returns:
        (3 L, 3 L) square metres, with noise of a millimetre across the view and three in depth.
    """
    moved = _expressions(network) @ rows.T
    noise = np.tile((2 * _DEVIATION_M) ** 2, len(rows) // 3)
    return moved.T @ moved / len(moved) + np.diag(noise)


def _changes(network: CharacterNetwork, default: Float[np.ndarray, "expressions latent"]) -> np.ndarray:
    """Return second moments over latents and materials, and a little of every direction."""
    edited = _expressions(network).reshape(-1, *default.shape)[1:]
    moments = np.mean([(one - default) @ (one - default).T for one in edited], 0)
    return moments + np.eye(len(default)) * (_RIDGE * np.trace(moments) / len(default))


def _trunk_answers(forward: Arrays, identity: Float[np.ndarray, "trunk"]) -> np.ndarray:
    rng = np.random.default_rng(_SEED)
    features = np.array([sample_setting(rng).features() for _ in range(_TRUNK_MATERIALS)])
    answers = silu(features @ forward["trunk.weight"][:, -FEATURE_SIZE:].T + identity) - silu(identity)
    return answers.T @ answers / len(answers)


def _expressions(network: CharacterNetwork) -> Float[np.ndarray, "some latent"]:
    """Return latents of the canonical expressions in the default material and in a few random ones."""
    rng, code = np.random.default_rng(_SEED), network.condition[:-FEATURE_SIZE]
    settings = [default_setting(), *(sample_setting(rng) for _ in range(_MATERIALS))]
    return np.concatenate([expression_latents(network.weights, code, setting) for setting in settings])

"""From trained networks to the compiled frame of one head: everything that does not change from frame to frame is folded.

`compile_landmarks` gives SparseSoftDECA for a layout of landmarks and its noise, `compile_weights` SoftDECA.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.dress.dental_arches import DentalArch
from landmark_driver.head.eyes import EYE_LOOKS, NEUTRAL_GAZE
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.lip_sections import lip_seal
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.film_network import FoldedLayers
from landmark_driver.network.frame_program import Frame, FrameProgram, Stage
from landmark_driver.network.head_basis import HeadBasis
from landmark_driver.network.head_network import HeadNetwork
from landmark_driver.network.latent_decoder import latent_decoder
from landmark_driver.network.latent_stages import Bounds, Forward, Looks, Posterior
from landmark_driver.network.lip_stages import OPENING, Arches, Lips, Seal, lip_arches
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.network.residual_stage import Residual, residual
from landmark_driver.network.vertex_stages import Decoder, Eyes, Sway
from landmark_driver.posterior.evidence import ResidualChoice
from landmark_driver.posterior.landmark_noise import LandmarkNoise
from landmark_driver.posterior.landmark_posterior import LandmarkPosterior
from landmark_driver.posterior.residual_kernel import ResidualKernel

NOISE_STD_M, DEPTH_RATIO = 0.0006, 3.0
"""MediaPipe's error across the view, and the ratio of its error along the view to that."""
_KNOWN_VARIANCE = 1e-8
Jaws = tuple[DentalArch, DentalArch]
"""The upper and the lower dental arch."""
_IGNORED_STD_M = 1.0
"""Noise of landmarks that no latent moves: irises sit on eyeballs, which gaze turns, and count for nothing."""


@dataclass(frozen=True)
class Observation:
    """The landmarks of a driver: where they are on the head, their errors, and the kernel of what they may do by themselves."""

    layout: LandmarkEmbedding
    noise: LandmarkNoise
    kernel: ResidualKernel

    @staticmethod
    def of(
        layout: LandmarkEmbedding, kernel: ResidualKernel, noise: LandmarkNoise | None = None
    ) -> Observation:
        """Return the landmarks of a layout.

        Args:
            layout: the landmarks' triangles on the head.
            kernel: of the head.
            noise: errors of the landmarks, metres; None for MediaPipe's.

        Returns:
            The layout, its noise and the kernel.
        """
        return Observation(
            layout, noise or LandmarkNoise.same(len(layout.weights), NOISE_STD_M, DEPTH_RATIO), kernel
        )


def compile_landmarks(
    weights: NetworkWeights,
    network: HeadNetwork,
    basis: HeadBasis,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    observed: Observation,
    choice: ResidualChoice,
    head: Head | None = None,
    sway: Sway | None = None,
    arches: Jaws | None = None,
) -> FrameProgram:
    """Compile a head's networks for a layout, in the default material.

    Args:
        weights: the trained network weights.
        network: their arrays for this head.
        basis: the head's displacements, whose matrix is the network's basis.
        neutral_vertices: (V, 3) metres, head frame.
        observed: the landmarks.
        choice: what they may do beside the latent.
        head: where given, its gaze is known: eyeLook shapes are not solved for, and eyeballs are turned.
        sway: how its tissue gives way to an acceleration, where it does.
        arches: the upper and the lower one of its teeth, where it wears any.

    Returns:
        The stages from (L, 3) landmark displacements to (V, 3) vertices, metres, head frame.
    """
    whole = landmark_posterior(network, neutral_vertices, observed, choice, gaze_known=head is not None)
    looks = None if head is None else whole.rows[:, EYE_LOOKS].astype(np.float32)
    stages: tuple[Stage, ...] = (
        Posterior(whole.gain, whole.offset, looks, whole),
        Bounds(BoundedLatent.of(whole.covariance, ARKIT_COUNT)),
    )
    rest_latent = np.zeros(whole.covariance.shape[0], np.float32)
    if head is not None:
        stages = (Looks(head.gaze_turns), *stages)
        still = Frame(NEUTRAL_GAZE, np.zeros(len(whole.rows), np.float32))
        found = FrameProgram(stages).run(still).latent
        assert found is not None
        rest_latent = found
    beside = None
    if choice.amplitude > 0:
        beside = residual(whole, observed.kernel, choice.amplitude, observed.layout, rest_latent)
    decoded = _to_vertices(weights, basis, neutral_vertices, rest_latent, beside, head, sway, arches)
    return FrameProgram((*stages, *decoded))


def landmark_posterior(
    network: HeadNetwork,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    observed: Observation,
    choice: ResidualChoice,
    gaze_known: bool,
) -> LandmarkPosterior:
    """Return the posterior of the latent; landmarks that no latent moves count for nothing.

    Args:
        network: of the head.
        neutral_vertices: (V, 3) metres, head frame.
        observed: the landmarks.
        choice: what they may do beside the latent.
        gaze_known: whether eyeLook shapes are known and not solved for.

    Returns:
        The map from (3 L,) displacements to the posterior mean of the (Z,) latent.
    """
    rows = network.rows(observed.layout).reshape(len(observed.layout.weights), -1)
    on_still = np.logical_not(np.any(rows, axis=1))
    std_m = np.where(np.atleast_1d(on_still)[:, None], _IGNORED_STD_M, observed.noise.std_m)
    return (without_looks(network) if gaze_known else network).posterior(
        observed.layout, neutral_vertices, replace(observed.noise, std_m=std_m), choice, observed.kernel
    )


def compile_weights(
    weights: NetworkWeights,
    forward: FoldedLayers,
    basis: HeadBasis,
    head: Head,
    sway: Sway,
    arches: Jaws | None = None,
) -> FrameProgram:
    """Compile SoftDECA of a head.

    Args:
        weights: the trained network weights.
        forward: layers from ARKit weights to the latent, folded for the head and the target material.
        basis: the head's displacements for latents of one.
        head: the head that is driven.
        sway: how its tissue gives way to an acceleration.
        arches: the upper and the lower one of its teeth, where it wears any.

    Returns:
        The stages from (52,) ARKit weights in 0..1 to (V, 3) vertices, metres, head frame.
    """
    rest_latent = np.zeros(len(forward.bias), np.float32)
    decoded = _to_vertices(weights, basis, head.neutral_vertices, rest_latent, None, head, sway, arches)
    return FrameProgram((Forward(forward), *decoded))


def _to_vertices(
    weights: NetworkWeights,
    basis: HeadBasis,
    neutral_vertices: np.ndarray,
    rest_latent: np.ndarray,
    beside: Residual | None,
    head: Head | None,
    sway: Sway | None,
    arches: Jaws | None,
) -> tuple[Stage, ...]:
    decoder = latent_decoder(basis.matrix, weights.symmetric_head)
    neutral = neutral_vertices.astype(np.float32)
    stages: list[Stage] = [Decoder(basis, decoder, weights.symmetric_head, neutral, rest_latent)]
    stages += [stage for stage in (beside, sway) if stage is not None]
    if head is None:
        stages.append(Lips(weights.lips))
    else:
        stages += _lips_of(head, weights, rest_latent, arches)
        stages.append(Eyes(head.neutral_vertices, head.eye_vertices, head.eye_centres))
    return tuple(stages)


def _lips_of(
    head: Head, weights: NetworkWeights, rest_latent: np.ndarray, arches: Jaws | None
) -> list[Stage]:
    """Return the stages that keep lips in front of the teeth and closed; a head too coarse for that has lips that part."""
    before: list[Stage] = [] if arches is None else [Arches(lip_arches(head, arches))]
    seal = lip_seal(weights.lips, head.neutral_vertices, head.faces, head.face_part)
    return [*before, Lips(weights.lips) if seal is None else Seal(seal, rest_latent, OPENING)]


def without_looks(network: HeadNetwork) -> HeadNetwork:
    """Return the network whose prior holds the eyeLook latents at zero, eyes looking straight.

    Args:
        network: of the head.

    Returns:
        The same network with another prior.
    """
    mean, covariance = network.prior_mean.copy(), network.prior_covariance.copy()
    mean[EYE_LOOKS], covariance[EYE_LOOKS], covariance[:, EYE_LOOKS] = 0.0, 0.0, 0.0
    covariance[EYE_LOOKS, EYE_LOOKS] = _KNOWN_VARIANCE
    return replace(network, prior_mean=mean, prior_covariance=covariance)

"""The live SparseSoftDECA: landmark displacements to vertices by a handful of matrix products.

    z0 = offset + G d;  z = within bounds(z0 + corrector(z0));  vertices = lips apart(resting + (z - still) D)

Everything is folded when the driver is made, for one head, tissue, layout and noise. Frames with dropped
landmarks take the masked posterior instead of G, which is made anew when the mask changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.character import Character
from landmark_driver.drivers.linear_driver import NEUTRAL_GAZE
from landmark_driver.drivers.secondary_motion import SwayMode
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.lip_separation import LipSeparation
from landmark_driver.landmarks.gaze import eye_look_weights, turn_eyeballs
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.film_network import WEIGHT_UNIT, FoldedLayers
from landmark_driver.network.head_network import HeadNetwork, folded_corrector
from landmark_driver.network.landmark_posterior import LandmarkNoise, LandmarkPosterior, MaskedPosterior
from landmark_driver.network.latent_decoder import LatentDecoder, latent_decoder
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.tissue.tissue_setting import TissueSetting

NOISE_STD_M, DEPTH_RATIO = 0.0006, 3.0
"""MediaPipe's error across the view, and how much larger it is along it."""
_GAZE = np.array([index for index, name in enumerate(ARKIT_NAMES) if name.startswith("eyeLook")])
_KNOWN_VARIANCE = 1e-8
_IGNORED_STD_M = 1.0
"""Irises sit on eyeballs, which gaze turns and no latent moves: they say nothing."""


@dataclass(frozen=True)
class FoldedDriver:
    """One head, tissue, layout and noise as plain matrices."""

    posterior: LandmarkPosterior
    corrector: FoldedLayers
    decoder: LatentDecoder
    resting: Float[np.ndarray, "coordinates"]
    """Where the vertices are for the latent `still`."""
    lips: LipSeparation
    still: Float[np.ndarray, "latent"] | float = 0.0
    """The latent of a face that does not move, which is shown as the neutral one."""
    tissue: Float[np.ndarray, "latent latent"] | None = None
    """What the shown tissue adds to a latent's difference from `still`, times that; None for usual tissue."""
    looks: Float[np.ndarray, "coordinates 8"] | None = None
    """Displacements of the landmarks for latents of one of the eyeLook shapes, where gaze tells those."""
    give: Float[np.ndarray, "3 coordinates"] | None = None
    """How tissue gives way to 1 m/s^2 along each axis, metres."""
    sway_mode: SwayMode | None = None

    @cached_property
    def gain(self) -> Float[np.ndarray, "latent coordinates"]:
        return np.ascontiguousarray(self.posterior.gain, np.float32)

    @cached_property
    def offset(self) -> Float[np.ndarray, "latent"]:
        return self.posterior.offset.astype(np.float32)

    def latent(self, displacements: Float[np.ndarray, "coordinates"]) -> Float[np.ndarray, "latent"]:
        return self.corrected(self.gain @ displacements + self.offset)

    def corrected(self, z0: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "latent"]:
        return self.bounded(z0 + self.corrector(z0))

    @cached_property
    def bounded(self) -> BoundedLatent:
        return BoundedLatent(self.posterior.covariance, ARKIT_COUNT)

    def vertices(
        self, latent: Float[np.ndarray, "latent"], sway_m_s2: Float[np.ndarray, "3"] | None = None
    ) -> Float[np.ndarray, "vertices 3"]:
        """Vertices (metres, head frame) whose lips do not cross, under gravity and `sway_m_s2` more."""
        vertices = self.decode(latent)
        if sway_m_s2 is not None and self.give is not None:
            vertices += (sway_m_s2.astype(np.float32) @ self.give).reshape(-1, 3)
        self.lips(vertices)
        return vertices

    def decode(self, latent: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "vertices 3"]:
        """What the basis says, lips as they come."""
        away = latent - self.still
        if self.tissue is not None:
            away = away + self.tissue @ away
        moved = self.decoder(away)
        vertices = self.resting.copy()
        vertices[: len(moved)] += moved
        return vertices.reshape(-1, 3)

    def arkit_weights(self, latent: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "52"]:
        """Those that the latent begins with, for outputs that want them."""
        return np.clip(WEIGHT_UNIT * (latent - self.still)[:ARKIT_COUNT], 0, 1)


def fold_driver(
    weights: NetworkWeights,
    head: HeadNetwork,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    layout: LandmarkEmbedding,
    noise: LandmarkNoise | None = None,
    gaze_known: bool = False,
) -> FoldedDriver:
    """The driver of a head for a layout; without `noise`, MediaPipe's.

    Where gaze is known from the irises, eyeLook shapes are not solved for.
    """
    noise = noise or LandmarkNoise.same(len(layout.weights), NOISE_STD_M, DEPTH_RATIO)
    on_still = np.logical_not(np.any(head.rows(layout).reshape(len(layout.weights), -1), axis=1))
    std_m = np.where(np.atleast_1d(on_still)[:, None], _IGNORED_STD_M, noise.std_m)
    noise = replace(noise, std_m=std_m)
    looks = None
    if gaze_known:
        head, looks = _without_looks(head), head.rows(layout)[:, _GAZE].astype(np.float32)
    posterior = head.posterior(layout, neutral_vertices, noise)
    typical = float(np.median(noise.std_m[:, :2]))
    corrector = folded_corrector(weights, head, typical, posterior)
    neutral = neutral_vertices.astype(np.float32).ravel()
    decoder = latent_decoder(head.basis, weights.symmetric_head)
    return FoldedDriver(posterior, corrector, decoder, neutral, weights.lips, looks=looks)


def _without_looks(head: HeadNetwork) -> HeadNetwork:
    """The prior of the other latents, eyes looking straight."""
    mean, covariance = head.prior_mean.copy(), head.prior_covariance.copy()
    mean[_GAZE], covariance[_GAZE], covariance[:, _GAZE] = 0.0, 0.0, 0.0
    covariance[_GAZE, _GAZE] = _KNOWN_VARIANCE
    return replace(head, prior_mean=mean, prior_covariance=covariance)


class SparseDriver:
    """Moves one character from one layout of landmarks. Call it once a frame."""

    def __init__(self, character: Character, folded: FoldedDriver):
        self._character, self._folded = character, folded
        self.sway_m_s2: Float[np.ndarray, "3"] | None = None
        """What tissue feels besides gravity, head frame (`secondary_motion.py`)."""
        self._masked: tuple[bytes, MaskedPosterior] | None = None
        self.weights: Float[np.ndarray, "52"] = np.zeros(len(character.expressions))
        """ARKit weights of the last frame, from its latent; eyeLook follows the gaze."""

    def __call__(
        self,
        displacements: Float[np.ndarray, "landmarks 3"],
        mask: Bool[np.ndarray, "landmarks"] | None = None,
        gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Vertices (metres, head frame, float32) for landmark displacements from neutral (metres).

        Landmarks that are False in `mask` or not finite count for nothing.
        """
        seen = np.asarray(np.isfinite(displacements).all(axis=1))
        if mask is not None:
            seen = seen & mask
        folded, flat = self._folded, displacements.astype(np.float32).ravel()
        looks = self._looks(gaze)
        if folded.looks is not None:
            flat = flat - folded.looks @ looks
        whole = seen.all()
        latent = (
            folded.gain @ flat + folded.offset if whole else self._posterior_of(seen)(flat).astype(np.float32)
        )
        if folded.looks is not None:
            latent[_GAZE] = looks
        latent = folded.corrected(latent)
        vertices = folded.vertices(latent, self.sway_m_s2)
        self.weights = self._weights(latent, looks)
        character = self._character
        turn_eyeballs(
            vertices, character.neutral_vertices, character.eye_vertices, character.eye_centres, gaze
        )
        return vertices

    @property
    def sway_mode(self) -> SwayMode | None:
        """How the tissue swings; None where nothing is known of gravity."""
        return self._folded.sway_mode

    def set_material(self, setting: TissueSetting) -> None:
        """From the next frame on the head is made of this. May be called from any thread."""
        network = self._character.network
        assert network is not None, "a sparse driver's character has networks"
        folded = network.with_setting(setting).shown_in(self._folded)
        folded.vertices(folded.latent(np.zeros(folded.posterior.gain.shape[1], np.float32)), np.zeros(3))
        self._folded = folded  # what it keeps ready is ready: the next frame does not wait

    def _looks(self, gaze) -> Float[np.ndarray, "8"]:
        """Latents of the eyeLook shapes."""
        weights = eye_look_weights(gaze, self._character.gaze_turns)[_GAZE]
        return (weights / WEIGHT_UNIT).astype(np.float32)

    def _weights(self, latent, looks) -> Float[np.ndarray, "52"]:
        weights = self._folded.arkit_weights(latent).astype(float)
        weights[_GAZE] = WEIGHT_UNIT * looks
        return weights

    def _posterior_of(self, seen: Bool[np.ndarray, "landmarks"]) -> MaskedPosterior:
        key = seen.tobytes()
        if self._masked is None or self._masked[0] != key:
            self._masked = (key, self._folded.posterior.without(np.repeat(seen, 3)))
        return self._masked[1]

"""The per-frame network as plain matrices.

    z0 = G d + g;   z = z0 + C(z0);   vertices = n + (z - s) D

Lips, bounds and eyes are not in it: they are stages of the driver (`driver_stages.py`). NumPy takes the driver's own
decoder, which is half of D where the head has two halves; PyTorch, plain JavaScript and C the whole of it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from firmware_bench.measure.bench_error import BenchError
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.film_network import FoldedLayers
from landmark_driver.network.latent_decoder import LatentDecoder, WholeDecoder

_FLOAT_BYTES = 4


@dataclass(frozen=True)
class FoldedNetwork:
    """float32 throughout. The decoder ends at the last vertex that a latent moves."""

    gain: Float[np.ndarray, "latent landmarks"]
    offset: Float[np.ndarray, "latent"]
    hidden: tuple[tuple[np.ndarray, np.ndarray], ...]
    """(weight, bias) of each layer with a SiLU after it."""
    out: Float[np.ndarray, "latent width"]
    out_bias: Float[np.ndarray, "latent"]
    decoder: LatentDecoder
    decoder_offset: Float[np.ndarray, "moving"]

    def __call__(self, displacements: Float[np.ndarray, "landmarks"]) -> Float[np.ndarray, "moving"]:
        """Vertices, flattened, metres, for flattened landmark displacements in metres."""
        z0 = self.gain @ displacements + self.offset
        return self.decoder(z0 + self._corrector(z0)) + self.decoder_offset

    def whole(self) -> FoldedNetwork:
        """The same with its decoder as one matrix."""
        if isinstance(self.decoder, WholeDecoder):
            return self
        return replace(self, decoder=WholeDecoder(whole_basis(self.decoder, len(self.gain))))

    @property
    def _corrector(self) -> FoldedLayers:
        return FoldedLayers(None, self.hidden, self.out, self.out_bias)

    @property
    def matrices(self) -> tuple[np.ndarray, ...]:
        return (self.gain, *(weight for weight, _ in self.hidden), self.out, *self.decoder.matrices)

    @property
    def macs(self) -> int:
        return sum(matrix.size for matrix in self.matrices)

    @property
    def bytes(self) -> int:
        """Every weight, the input and the output once."""
        biases = (self.offset, *(bias for _, bias in self.hidden), self.out_bias, self.decoder_offset)
        values = self.macs + sum(bias.size for bias in biases) + self.gain.shape[1] + self.decoder_offset.size
        return _FLOAT_BYTES * values


def folded_driver(character: Character) -> FoldedDriver:
    """As the live path folds it for MediaPipe's points. Raises BenchError for a character without networks."""
    if character.template.network is None:
        raise BenchError(
            "Expected a character with networks to measure, got one of linear blendshapes only. "
            "Use 'default', or make one with 'softdeca head fit'."
        )
    head = character.template
    return character.template.network.fold(head.embedding, load_tracker_response().noise)


def folded_network(driver: FoldedDriver) -> FoldedNetwork:
    """A driver's network; the latent that is shown as neutral goes into the decoder's constant."""
    latents = len(driver.gain)
    still = np.broadcast_to(np.asarray(driver.still, np.float32), latents)
    decoder = driver.decoder
    if driver.tissue is not None:
        basis = whole_basis(decoder, latents)
        decoder = WholeDecoder(basis + driver.tissue.T @ basis)
    resting = decoder(still)
    return FoldedNetwork(
        driver.gain,
        driver.offset,
        driver.corrector.hidden,
        driver.corrector.out,
        driver.corrector.bias,
        decoder,
        driver.resting[: len(resting)] - resting,
    )


def whole_basis(decoder: LatentDecoder, latents: int) -> Float[np.ndarray, "latent moving"]:
    return np.array([decoder(latent) for latent in np.eye(latents, dtype=np.float32)])


@functools.cache
def network_of(character: str) -> FoldedNetwork:
    """That of a character's file, or of the one that ships for "default". Raises BenchError, CharacterError."""
    return folded_network(folded_driver(Character.load(character)))


def example_input(network: FoldedNetwork, seed: int = 0) -> Float[np.ndarray, "landmarks"]:
    """Displacements of a few millimetres, the same for the same seed."""
    return np.random.default_rng(seed).normal(0, 2e-3, network.gain.shape[1]).astype(np.float32)

"""The per-frame network: the compiled frame from landmarks to vertices, bounds included, before sway, lips and eyes.

The exported models compute the same. NumPy takes the driver's own decoder, which is half of the basis where the
head has two halves; PyTorch, plain JavaScript and C take the whole of it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from firmware_bench.measure.bench_error import BenchError
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import NUMPY, evaluating
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_decoder import WholeDecoder, moving_vertices
from landmark_driver.network.latent_stages import Posterior
from landmark_driver.network.lip_stages import LIP_STAGES
from landmark_driver.network.vertex_stages import Decoder

_AFTER = ("sway", *LIP_STAGES, "eyes")


@dataclass(frozen=True)
class FrameNetwork:
    """The network of one head; its stages are the frame's before sway, lips and eyes."""

    program: FrameProgram

    @staticmethod
    def of(program: FrameProgram) -> FrameNetwork:
        """Return the network of a whole frame.

        Args:
            program: from landmarks to vertices.

        Returns:
            The network, which shares the program's arrays.
        """
        return FrameNetwork(program.without(*_AFTER))

    def __call__(
        self, displacements: Float[np.ndarray, "coordinates"]
    ) -> Float[np.ndarray, "vertex_coordinates"]:
        """Return the vertices of displacements, eyes straight.

        Args:
            displacements: (3 L,) metres, flat, from the neutral landmarks.

        Returns:
            (3 V,) metres, flat, head frame.
        """
        vertices = self.program.run(Frame(NEUTRAL_GAZE, displacements)).vertices
        assert vertices is not None
        return vertices.ravel()

    def whole(self) -> FrameNetwork:
        """Return the network with its decoder as one matrix.

        Returns:
            The network of the same vertices, which takes the whole basis.
        """
        whole = np.ascontiguousarray(self.decoder.basis.matrix[:, : self.moving_coordinates])
        return FrameNetwork(self.program.with_stages(replace(self.decoder, decoder=WholeDecoder(whole))))

    @property
    def decoder(self) -> Decoder:
        decoder = self.program.stage("decoder")
        assert isinstance(decoder, Decoder)
        return decoder

    @property
    def moving_coordinates(self) -> int:
        """The number of coordinates that the decoder finds."""
        return 3 * moving_vertices(self.decoder.basis.matrix)

    @property
    def macs(self) -> int:
        """Multiply-adds of one frame."""
        return self.program.macs

    @property
    def bytes(self) -> int:
        """The size of every matrix and vector of the stages, of the resting vertices, the input and the output, once."""
        vertices = self.decoder.resting_vertices
        vectors = [
            array for array in self.program.arrays().values() if array.ndim == 1 and array.dtype.kind == "f"
        ]
        matrices = [matrix for stage in self.program for matrix in stage.matrices()]
        values = (*matrices, *vectors, vertices, vertices, np.empty(_coordinates(self.program), np.float32))
        return sum(array.nbytes for array in values)


def sparse_driver(character: Character) -> SparseDriver:
    """Return the driver that is measured, in NumPy, with the tracker's noise.

    Args:
        character: with networks.

    Returns:
        SparseSoftDECA of the character's head.

    Raises:
        BenchError: for a character without networks.
    """
    if character.network is None:
        raise BenchError(
            "Expected a character with networks to measure, got one of linear blendshapes only. "
            "Use 'default', or make one with 'softdeca head fit'."
        )
    with evaluating(NUMPY):
        driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    return driver


@functools.cache
def network_of(character: str) -> FrameNetwork:
    """Return the network of a character's file, or of the one that ships for "default".

    Args:
        character: `default` or a file's name.

    Returns:
        The network; later calls with the same name return the same one.

    Raises:
        BenchError: for a character without networks.
        CharacterError: for none.
    """
    return FrameNetwork.of(sparse_driver(Character.load(character)).program)


def _coordinates(program: FrameProgram) -> int:
    posterior = program.stage("posterior")
    assert isinstance(posterior, Posterior)
    return posterior.gain.shape[1]

"""The live SparseSoftDECA: landmark displacements to vertices by the compiled frame of one head and layout."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.compiled.evaluator import evaluator
from landmark_driver.drivers.head_driver import DrivenHead, DriverInput
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.network.character_network import CharacterNetwork, parted_lips
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.landmark_posterior import LandmarkNoise
from landmark_driver.network.latent_stages import latent_weights
from landmark_driver.network.sway_mode import SwayMode
from landmark_driver.network.vertex_stages import decoder_of, sway_mode_of
from landmark_driver.tissue.tissue_setting import TissueSetting


class SparseDriver:
    """Moves one head from one layout of landmarks. Call it once a frame."""

    def __init__(
        self,
        head: Head,
        network: CharacterNetwork,
        layout: LandmarkEmbedding,
        noise: LandmarkNoise | None = None,
    ):
        """Compile the frame.

        Args:
            head: the head that is driven.
            network: the head's networks, with the target material.
            layout: the landmarks' triangles on the head.
            noise: standard deviations of the landmarks, metres; None for MediaPipe's.
        """
        self._network, self._landmarks = network, len(layout.weights)
        self.program: FrameProgram = evaluator().program(network.compile(head, layout, noise).stages)
        self.neutral_offset: Float[np.ndarray, "vertices 3"] = parted_lips(network)

    def __call__(self, given: DriverInput) -> DrivenHead:
        """Return the moved head: lips apart, eyeballs turned by the gaze.

        Args:
            given: (L, 3) displacements in metres, head frame, with mask, gaze and sway.

        Returns:
            Vertices (V, 3) in metres, head frame, float32, with weights and gaze.
        """
        return self.moved(self.program.run(self.frame(given)))

    def frame(self, given: DriverInput) -> Frame:
        """Return the frame that the program's stages begin with.

        Args:
            given: (L, 3) displacements in metres, head frame, with mask, gaze and sway.

        Returns:
            The same input, displacements flat in float32.
        """
        flat = given.displacements.astype(np.float32).ravel()
        seen = None if given.mask is None and np.isfinite(flat).all() else given.seen
        return Frame(given.gaze, flat, seen, sway_m_s2=given.sway_m_s2)

    def moved(self, frame: Frame) -> DrivenHead:
        """Return the head of a frame that went through all stages.

        Args:
            frame: with latent, eyeLook latents and vertices.

        Returns:
            Vertices (V, 3) in metres, head frame, float32, with weights and gaze.
        """
        decoder = decoder_of(self.program)
        assert frame.latent is not None and frame.look_latents is not None and frame.vertices is not None
        weights = latent_weights(frame.latent, decoder.rest_latent, frame.look_latents)
        return DrivenHead(frame.vertices, weights, frame.gaze)

    @property
    def sway_mode(self) -> SwayMode:
        """Speed and centre of the tissue's swing."""
        return sway_mode_of(self.program)

    def set_material(self, setting: TissueSetting) -> None:
        """Make the head of this material from the next frame on. May be called from any thread.

        Args:
            setting: the target material.

        Raises:
            TissueSettingError: for values that networks have not learned.
        """
        program = self._network.with_target(setting).in_target_material(self.program)
        still = np.zeros(3 * self._landmarks, np.float32)
        program.run(Frame(NEUTRAL_GAZE, still, sway_m_s2=np.zeros(3)))
        self.program = program  # its stages have filled their caches: the next frame does not wait

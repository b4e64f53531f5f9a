"""The live SparseSoftDECA: landmark displacements to vertices by the compiled frame of one head and layout."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from landmark_driver.compiled.evaluator import evaluator
from landmark_driver.drivers.head_driver import DrivenHead, DriverInput
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.compile_frame import Jaws, Observation, landmark_posterior
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_stages import Posterior, latent_weights
from landmark_driver.network.lip_stages import LIP_STAGES, lips_at_rest, seal_of
from landmark_driver.network.sway_mode import SwayMode
from landmark_driver.network.vertex_stages import decoder_of, sway_mode_of
from landmark_driver.posterior.evidence import TRACKED, TREMBLING, Evidence, ResidualChoice
from landmark_driver.posterior.landmark_noise import LandmarkNoise
from landmark_driver.posterior.residual_kernel import ResidualKernel
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_setting import TissueSetting


class SparseDriver:
    """Moves one head from one layout of landmarks. Call it once a frame."""

    def __init__(
        self,
        head: Head,
        network: CharacterNetwork,
        layout: LandmarkEmbedding,
        noise: LandmarkNoise | None = None,
        choice: ResidualChoice = TRACKED,
        choices: tuple[ResidualChoice, ...] = TREMBLING,
        parts_lips: bool = True,
        arches: Jaws | None = None,
    ):
        """Compile the frame.

        Args:
            head: the head that is driven.
            network: the head's networks, with the target material.
            layout: the landmarks' triangles on the head.
            noise: errors of the landmarks, metres; None for MediaPipe's.
            choice: what landmarks may do beside the latent, until `set_choice`.
            choices: what the evidence may choose from.
            parts_lips: whether lips are kept closed and in front of teeth; exact points say themselves where lips are.
            arches: the upper and the lower dental arch, where the head wears teeth.
        """
        self._head, self._network, self._landmarks = head, network, len(layout.weights)
        self._own_edit = network.solved
        self._observed = Observation.of(layout, ResidualKernel.of(head), noise)
        self._choices, self._change = choices, threading.Lock()
        self._left_out, self._arches = () if parts_lips else LIP_STAGES, arches
        self.choice = choice
        self.program: FrameProgram = evaluator().program(self._compiled(choice).stages)
        self.neutral_offset: Float[np.ndarray, "vertices 3"] | None = None
        if parts_lips:
            self.neutral_offset = lips_at_rest(self.program, network.neutral_vertices, NEUTRAL_GAZE)

    @property
    def seal(self) -> LipSeal | None:
        """What closes the head's lips."""
        return seal_of(self.program)

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

    def set_material(
        self, setting: TissueSetting, solved: SolvedEdit | None = None, exaggeration: float = 1.0
    ) -> None:
        """Make the head of this material from the next frame on. May be called from any thread.

        Args:
            setting: the target material.
            solved: the parts of it that the simulator has solved for this head; None keeps what still fits.
            exaggeration: factor on the displacement of the resting head and on its swing; 1 is the physics.
        """
        with self._change:
            network = self._network.with_target(setting).exaggerated(exaggeration)
            for parts in (self._own_edit, solved):
                network = network if parts is None else network.with_solved(parts)
            self.program = self._warm(network.in_target_material(self.program))
            self._network = network

    def set_choice(self, choice: ResidualChoice) -> None:
        """Let landmarks do this beside the latent from the next frame on. May be called from any thread.

        Args:
            choice: the residual's amplitude, and whether the head trembles.
        """
        with self._change:
            self.program = self._warm(type(self.program)(self._compiled(choice).stages))
            self.choice = choice

    def evidence(self) -> Evidence:
        """Return what compares choices by the likelihood of frames, in some tenths of a second.

        Returns:
            The evidence, without frames; `shown_by` gives them.
        """
        network, neutral = self._network.head, self._network.neutral_vertices
        observed = replace(self._observed, noise=self._observed.noise.in_full())
        return Evidence(
            lambda choice: landmark_posterior(network, neutral, observed, choice, gaze_known=True),
            self._choices,
        )

    def shown_by(self, given: DriverInput) -> Float[np.ndarray, "coordinates"] | None:
        """Return the landmarks of a frame as the evidence takes them.

        Args:
            given: (L, 3) displacements in metres, head frame, with mask and gaze.

        Returns:
            (3 L,) metres, without what the gaze moves; None where a landmark is missing.
        """
        if not given.seen.all():
            return None
        posterior, looks = (self.program.stage(name) for name in ("posterior", "looks"))
        assert isinstance(posterior, Posterior) and posterior.looks is not None
        frame = self.frame(given)
        looks(frame)
        assert frame.displacements is not None and frame.look_latents is not None
        return (frame.displacements - posterior.looks @ frame.look_latents).astype(float)

    def choose(self, frames: Iterable[DriverInput]) -> None:
        """Take the choice under which frames of one person are likeliest together.

        Args:
            frames: of which those with all landmarks count.
        """
        evidence = self.evidence()
        for given in frames:
            shown = self.shown_by(given)
            if shown is not None:
                evidence.add(shown)
        best = evidence.best(self.choice)
        if best != self.choice:
            self.set_choice(best)

    def _compiled(self, choice: ResidualChoice) -> FrameProgram:
        return self._network.compile(self._head, self._observed, choice, self._arches).without(
            *self._left_out
        )

    def _warm(self, program: FrameProgram) -> FrameProgram:
        """Return a program whose stages have filled their caches, so that the next frame does not wait."""
        still = np.zeros(3 * self._landmarks, np.float32)
        program.run(Frame(NEUTRAL_GAZE, still, sway_m_s2=np.zeros(3)))
        return program

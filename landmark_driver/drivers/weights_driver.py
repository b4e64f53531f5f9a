"""SoftDECA live: ARKit weights to the vertices of one head and material, by the compiled frame.

The forward network is folded for the head and the target material, so its vertices follow the simulation:
materials, gravity and bones need no map on top. Weights come from outside (`show`) or are fitted to the
landmarks as in the linear driver.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.compiled.evaluator import evaluator
from landmark_driver.drivers.arkit_weight_solver import ArkitWeightSolver
from landmark_driver.drivers.head_driver import DrivenHead, DriverInput
from landmark_driver.head.eyes import NEUTRAL_GAZE, eye_look_weights
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.compile_frame import Jaws
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.lip_stages import lips_at_rest, seal_of
from landmark_driver.network.sway_mode import SwayMode
from landmark_driver.network.vertex_stages import sway_mode_of
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_setting import TissueSetting


class WeightsDriver:
    """Moves one head from ARKit weights. Call it once a frame."""

    def __init__(
        self,
        head: Head,
        network: CharacterNetwork,
        layout: LandmarkEmbedding,
        arches: Jaws | None = None,
    ):
        """Compile the frame.

        Args:
            head: the head that is driven.
            network: the head's networks, with the target material.
            layout: the landmarks' triangles on the head.
            arches: the upper and the lower dental arch, where the head wears teeth.
        """
        self._head, self._network, self._own_edit = head, network, network.solved
        self._solver = ArkitWeightSolver(head.expressions, layout, head.neutral_vertices)
        self.program: FrameProgram = evaluator().program(network.compile_weights(head, arches).stages)
        self.neutral_offset: Float[np.ndarray, "vertices 3"] = lips_at_rest(
            self.program, network.neutral_vertices, NEUTRAL_GAZE
        )

    @property
    def seal(self) -> LipSeal | None:
        """What closes the head's lips."""
        return seal_of(self.program)

    def __call__(self, given: DriverInput) -> DrivenHead:
        """Return the head moved by the ARKit weights that fit the landmarks best.

        Args:
            given: (L, 3) displacements in metres, head frame, with mask, gaze and sway.

        Returns:
            Vertices (V, 3) in metres, head frame, float32, with weights and gaze.
        """
        looks = eye_look_weights(given.gaze, self._head.gaze_turns)
        weights = self._solver(given.displacements, looks, given.mask)
        return self.show(weights, given.gaze, given.sway_m_s2)

    def show(
        self,
        weights: Float[np.ndarray, "52"],
        gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE,
        sway_m_s2: Float[np.ndarray, "3"] | None = None,
    ) -> DrivenHead:
        """Return the head moved by ARKit weights.

        Args:
            weights: (52,) ARKit weights in 0..1.
            gaze: (2, 2) radians, (left, right) x (yaw, pitch).
            sway_m_s2: (3,) m/s^2, head frame: acceleration that acts on tissue besides gravity; None for none.

        Returns:
            Vertices (V, 3) in metres, head frame, float32, with the same weights and gaze.
        """
        frame = self.program.run(Frame(gaze, weights=weights, sway_m_s2=sway_m_s2))
        assert frame.vertices is not None
        return DrivenHead(frame.vertices, weights, gaze)

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
        network = self._network.with_target(setting).exaggerated(exaggeration)
        for parts in (self._own_edit, solved):
            network = network if parts is None else network.with_solved(parts)
        self.program, self._network = network.weights_in_target_material(self.program), network

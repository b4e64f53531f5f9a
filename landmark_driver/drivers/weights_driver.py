"""SoftDECA live: ARKit weights to the vertices of one head and tissue.

    vertices = lips apart(neutral + forward(w) D)

The forward network is folded for the head and the shown tissue, so it answers for weights as the simulation
would: materials, gravity and bones need no map on top. Weights come from outside (`show`) or are fitted to the
landmarks as in the linear driver.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.character import Character
from landmark_driver.drivers.arkit_weight_solver import ArkitWeightSolver
from landmark_driver.drivers.linear_driver import NEUTRAL_GAZE
from landmark_driver.drivers.secondary_motion import SwayMode
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.landmarks.gaze import eye_look_weights, turn_eyeballs
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.latent_decoder import latent_decoder
from landmark_driver.tissue.tissue_setting import TissueSetting


class WeightsDriver:
    """Moves one character from ARKit weights. Call it once a frame."""

    def __init__(self, character: Character, network: CharacterNetwork, layout: LandmarkEmbedding):
        self._character, self._network = character, network
        self._solver = ArkitWeightSolver(character.expressions, layout, character.neutral_vertices)
        self._decoder = latent_decoder(network.head.basis, network.weights.symmetric_head)
        self._neutral = character.neutral_vertices.astype(np.float32)
        self._tissue = network.folded_forward(), network.give
        self.sway_mode: SwayMode | None = network.sway_mode
        self.sway_m_s2: Float[np.ndarray, "3"] | None = None
        """What tissue feels besides gravity, head frame (`secondary_motion.py`)."""
        self.weights: Float[np.ndarray, "52"] = np.zeros(len(character.expressions))
        """ARKit weights of the last frame."""

    def __call__(
        self,
        displacements: Float[np.ndarray, "landmarks 3"],
        mask: Bool[np.ndarray, "landmarks"] | None = None,
        gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Vertices (metres, head frame, float32) for landmark displacements from neutral (metres)."""
        looks = eye_look_weights(gaze, self._character.gaze_turns)
        return self.show(self._solver(displacements, looks, mask), gaze)

    def show(
        self, weights: Float[np.ndarray, "52"], gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE
    ) -> Float[np.ndarray, "vertices 3"]:
        """Vertices for ARKit weights in 0..1 and gaze angles (radians)."""
        character, self.weights = self._character, weights
        forward, give = self._tissue
        moved = self._decoder(forward(weights.astype(np.float32)))
        vertices = self._neutral.copy()
        vertices[: len(moved) // 3] += moved.reshape(-1, 3)
        if self.sway_m_s2 is not None:
            vertices += (self.sway_m_s2.astype(np.float32) @ give).reshape(-1, 3)
        self._network.weights.lips(vertices)
        turn_eyeballs(
            vertices, character.neutral_vertices, character.eye_vertices, character.eye_centres, gaze
        )
        return vertices

    def set_material(self, setting: TissueSetting) -> None:
        """From the next frame on the head is made of this. May be called from any thread."""
        network = self._network.with_setting(setting)
        self._tissue = network.folded_forward(), network.give
        self.sway_mode = network.sway_mode

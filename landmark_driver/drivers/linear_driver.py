"""The baseline driver: landmark displacements to ARKit weights to linear blendshapes and turned eyes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.character import Character
from landmark_driver.drivers.arkit_weight_solver import ArkitWeightSolver
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.landmarks.gaze import eye_look_weights, turn_eyeballs

NEUTRAL_GAZE = np.zeros((2, 2))
"""Gaze angles of the neutral: (left, right) x (yaw, pitch), radians."""


class LinearDriver:
    """Moves one character from one layout of landmarks. Call it once a frame."""

    def __init__(self, character: Character, layout: LandmarkEmbedding):
        self._character = character
        self._solver = ArkitWeightSolver(character.expressions, layout, character.neutral_vertices)
        self._shapes = character.expressions.reshape(len(character.expressions), -1)
        self.weights: Float[np.ndarray, "52"] = np.zeros(len(character.expressions))
        """ARKit weights of the last frame."""

    def __call__(
        self,
        displacements: Float[np.ndarray, "landmarks 3"],
        mask: Bool[np.ndarray, "landmarks"] | None = None,
        gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Vertices (metres, head frame, float32) for landmark displacements from neutral (metres).

        Landmarks that are False in `mask` or not finite count for nothing.
        """
        character = self._character
        self.weights = self._solver(displacements, eye_look_weights(gaze, character.gaze_turns), mask)
        moved = (self.weights.astype(np.float32) @ self._shapes).reshape(-1, 3)
        vertices = character.neutral_vertices + moved
        turn_eyeballs(
            vertices, character.neutral_vertices, character.eye_vertices, character.eye_centres, gaze
        )
        return vertices

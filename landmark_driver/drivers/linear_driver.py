"""The baseline driver: from landmark displacements to ARKit weights, linear blendshapes and turned eyes."""

from __future__ import annotations

import numpy as np

from landmark_driver.drivers.arkit_weight_solver import ArkitWeightSolver
from landmark_driver.drivers.head_driver import DrivenHead, DriverInput
from landmark_driver.head.eyes import eye_look_weights, turn_eyeballs
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding


class LinearDriver:
    """Moves one head from one layout of landmarks. Call it once a frame."""

    neutral_offset = None

    def __init__(self, head: Head, layout: LandmarkEmbedding):
        """Build the solver of ARKit weights.

        Args:
            head: the head that is driven.
            layout: the landmarks' triangles on the head.
        """
        self._head = head
        self._solver = ArkitWeightSolver(head.expressions, layout, head.neutral_vertices)
        self._shapes = head.expressions.reshape(len(head.expressions), -1)

    def __call__(self, given: DriverInput) -> DrivenHead:
        """Return the moved head: the blendshapes whose landmarks fit best, eyeballs turned by the gaze.

        Args:
            given: (L, 3) displacements in metres, head frame, with mask and gaze; its sway has no effect.

        Returns:
            Vertices (V, 3) in metres, head frame, float32, with weights and gaze.
        """
        head = self._head
        looks = eye_look_weights(given.gaze, head.gaze_turns)
        weights = self._solver(given.displacements, looks, given.mask)
        moved = (weights.astype(np.float32) @ self._shapes).reshape(-1, 3)
        vertices = head.neutral_vertices + moved
        turn_eyeballs(vertices, head, given.gaze)
        return DrivenHead(vertices, weights, given.gaze)

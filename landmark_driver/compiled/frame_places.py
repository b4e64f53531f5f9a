"""The places of a frame's arrays, which C knows for good.

Arrays are copied in and out, which is quicker than finding out where each of them lies.
"""

from __future__ import annotations

import ctypes

import numpy as np

from landmark_driver.compiled.library import FrameInC, address
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_stages import Posterior
from landmark_driver.network.vertex_stages import decoder_of

_SHAPES, _LOOKS = 52, 8


class FramePlaces:
    """One frame of one program."""

    def __init__(self, program: FrameProgram):
        """Make room for a frame.

        Args:
            program: gives the sizes.
        """
        decoder = decoder_of(program)
        landmarks = [stage.gain.shape[1] for stage in program.stages if isinstance(stage, Posterior)]
        self._displacements = np.zeros(sum(landmarks), np.float32)
        self._gaze, self._sway = np.zeros((2, 2)), np.zeros(3)
        self._weights, self._looks = np.zeros(_SHAPES, np.float32), np.zeros(_LOOKS, np.float32)
        self._latent = np.zeros(len(decoder.rest_latent), np.float32)
        self._vertices = np.zeros((len(decoder.neutral_vertices), 3), np.float32)
        self._results = {"look_latents": self._looks, "latent": self._latent, "vertices": self._vertices}
        given = (self._displacements, self._gaze, self._sway, self._weights)
        self._in_c = FrameInC(*map(address, (*given, *self._results.values())))
        self.frame = ctypes.addressof(self._in_c)
        """The address of the frame in C."""

    def take(self, frame: Frame) -> None:
        """Copy a frame's input, and the results that it has so far.

        Args:
            frame: not changed.
        """
        self._gaze[...] = frame.gaze
        self._sway[...] = 0.0 if frame.sway_m_s2 is None else frame.sway_m_s2
        for place, array in (
            (self._displacements, frame.displacements),
            (self._weights, frame.weights),
            (self._looks, frame.look_latents),
            (self._latent, frame.latent),
            (self._vertices, frame.vertices),
        ):
            if array is not None:
                place[...] = array

    def give(self, frame: Frame, *names: str) -> None:
        """Copy results into a frame.

        Args:
            frame: gets arrays of its own.
            names: `look_latents`, `latent` or `vertices`.
        """
        for name in names:
            setattr(frame, name, self._results[name].copy())

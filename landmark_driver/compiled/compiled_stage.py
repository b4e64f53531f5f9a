"""A stage of the frame in C, over the arrays of the stage in NumPy."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping

import numpy as np

from landmark_driver.compiled.library import (
    PROBLEM_BYTES,
    ArrayInC,
    ArraysInC,
    FrameInC,
    address,
    load_library,
)
from landmark_driver.network.frame_program import Frame, FrameProgram, Stage
from landmark_driver.network.latent_decoder import HalvedDecoder
from landmark_driver.network.vertex_stages import Decoder

Arrays = dict[str, np.ndarray]

IN_C = frozenset(
    ("looks", "posterior", "corrector", "bounds", "forward", "decoder", "residual", "sway", "lips", "eyes")
)
_TYPES = {"f8": b"F64", "f4": b"F32", "f2": b"F16", "i4": b"I32"}
_LOOKS = 8


class CompiledStage:
    """A stage whose frames C runs. Its matrices are those of the stage in NumPy; its memory goes when it does."""

    def __init__(self, stage: Stage, program: FrameProgram):
        """Make the stage in C.

        Args:
            stage: in NumPy.
            program: has the stage, and the decoder whose arrays some stages read.
        """
        self.stage, self.name = stage, stage.name
        self._library = load_library()
        decoder = program.stage("decoder")
        assert isinstance(decoder, Decoder)
        self._vertices, self._latents = len(decoder.neutral_vertices), len(decoder.rest_latent)
        self._arrays = _contiguous(_arrays_of(stage, decoder))
        self.handle = self._made()
        weakref.finalize(self, self._library.free_stage, self.handle)

    def __call__(self, frame: Frame) -> None:
        if self.masked(frame):
            self.stage(frame)
        else:
            self._library.run_stage(self.handle, ctypes.byref(self.bound(frame)))

    def masked(self, frame: Frame) -> bool:
        """Return whether the frame lacks landmarks, whose system NumPy solves.

        Args:
            frame: with or without a mask.

        Returns:
            True for the stage that reads landmarks, where the mask leaves some out.
        """
        return self.name == "posterior" and frame.seen is not None and not frame.seen.all()

    def bound(self, frame: Frame) -> FrameInC:
        """Return the frame for C: the places of its arrays, which the frame keeps alive.

        Args:
            frame: arrays that C writes and that it lacks are made.

        Returns:
            The addresses of its entries; None for entries that it has not.
        """
        if frame.look_latents is None:
            frame.look_latents = np.zeros(_LOOKS, np.float32)
        if frame.latent is None:
            frame.latent = np.empty(self._latents, np.float32)
        if frame.vertices is None:
            frame.vertices = np.empty((self._vertices, 3), np.float32)
        frame.displacements, frame.weights = (
            _as(frame.displacements, np.float32),
            _as(frame.weights, np.float32),
        )
        frame.sway_m_s2, gaze = _as(frame.sway_m_s2, float), _as(frame.gaze, float)
        assert gaze is not None
        frame.gaze = gaze
        return FrameInC(
            _place(frame.displacements),
            _place(gaze),
            _place(frame.sway_m_s2),
            _place(frame.weights),
            _place(frame.look_latents),
            _place(frame.latent),
            _place(frame.vertices),
        )

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            The arrays of the stage in NumPy.
        """
        return self.stage.arrays()

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The matrices of the stage in NumPy.
        """
        return self.stage.matrices()

    def _made(self) -> int:
        table = (ArrayInC * len(self._arrays))()
        for entry, (name, array) in zip(table, self._arrays.items(), strict=True):
            kind = _TYPES[array.dtype.str[1:]]
            columns = int(np.prod(array.shape[1:]))
            entry.name, entry.type, entry.values = name.encode(), kind, address(array)
            entry.rows, entry.columns = len(array), columns
        problem = ctypes.create_string_buffer(PROBLEM_BYTES)
        handle = self._library.make_stage(
            self.name.encode(), ctypes.byref(ArraysInC(table, len(table))), problem
        )
        assert handle, f"C expected {problem.value.decode()} for the stage {self.name}"
        return handle


def _arrays_of(stage: Stage, decoder: Decoder) -> Arrays:
    """Return the arrays that C makes a stage of, by the names of a file."""
    if isinstance(stage, Decoder) and isinstance(stage.decoder, HalvedDecoder):
        own = {**stage.resting_arrays(), **stage.decoder.arrays()}
    else:
        own = stage.arrays()
    of_decoder: Arrays = {"neutral_vertices": decoder.neutral_vertices.astype(np.float32)}
    if stage.name == "residual":
        of_decoder = decoder.arrays()
    return {f"decoder.{name}": array for name, array in of_decoder.items()} | {
        f"{stage.name}.{name}": array for name, array in own.items()
    }


def _contiguous(arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _as(array: np.ndarray | None, kind: type) -> np.ndarray | None:
    return None if array is None else np.ascontiguousarray(array, kind)


def _place(array: np.ndarray | None) -> int | None:
    return None if array is None else array.ctypes.data

"""A stage of the frame in C, over the arrays of the stage in NumPy."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping

import numpy as np

from landmark_driver.compiled.frame_places import FramePlaces
from landmark_driver.compiled.library import (
    PROBLEM_BYTES,
    ArrayInC,
    ArraysInC,
    address,
    load_library,
)
from landmark_driver.network.frame_program import Frame, Stage
from landmark_driver.network.latent_decoder import HalvedDecoder
from landmark_driver.network.vertex_stages import Decoder

Arrays = dict[str, np.ndarray]

WRITES = {
    "looks": "look_latents",
    **dict.fromkeys(("posterior", "corrector", "bounds", "forward"), "latent"),
    **dict.fromkeys(("decoder", "residual", "edit", "sway", "arches", "seal", "lips", "eyes"), "vertices"),
}
"""The stages that C has, and the entry of the frame that each of them writes."""
_TYPES = {"f8": b"F64", "f4": b"F32", "f2": b"F16", "i4": b"I32"}


class CompiledStage:
    """A stage whose frames C runs. Its matrices are those of the stage in NumPy; its memory goes when it does."""

    def __init__(self, stage: Stage, decoder: Decoder, places: FramePlaces):
        """Make the stage in C.

        Args:
            stage: in NumPy.
            decoder: the program's, whose arrays some stages read.
            places: where C finds the frame when this stage runs by itself.
        """
        self.stage, self.name, self._places = stage, stage.name, places
        self._library = load_library()
        self._arrays = _contiguous(_arrays_of(stage, decoder))
        self.handle = self._made()
        weakref.finalize(self, self._library.free_stage, self.handle)

    def __call__(self, frame: Frame) -> None:
        if self.name in ("posterior", "residual") and frame.seen is not None and not frame.seen.all():
            self.stage(frame)  # NumPy solves the system of a mask
            return
        self._places.take(frame)
        self._library.run_stage(self.handle, self._places.frame)
        self._places.give(frame, WRITES[self.name])

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
    of_decoder: Arrays = {
        "neutral_vertices": decoder.neutral_vertices.astype(np.float32),
        "rest_latent": np.asarray(decoder.rest_latent, np.float32),
    }
    if stage.name == "residual":
        of_decoder = decoder.arrays()
    return {f"decoder.{name}": array for name, array in of_decoder.items()} | {
        f"{stage.name}.{name}": array for name, array in own.items()
    }


def _contiguous(arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}

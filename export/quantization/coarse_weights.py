"""Network weights rounded to numbers that a precision can hold, before any converter takes them.

The rounded graph is the model: whatever format it is written in stores the same half floats or 8-bit numbers
and computes in float32, so that all formats of one precision agree. Writers find an array by its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from export.model_choices import Precision
from export.quantization.error_feedback import rounded_for
from export.quantization.graph_constants import Constants
from export.quantization.palette import nearest, palette_for

_LEAST_ELEMENTS = 1000
_LEVELS = 127
_PALETTE_BITS = {"six": 6, "four": 4}


@dataclass(frozen=True)
class StoredArray:
    """A constant as a file stores it: `values` are float16, int8 times `scale`, or uint8 places in `palette`.

    There is one scale, or one for each place along `axis`.
    """

    values: np.ndarray
    scale: np.ndarray | None = None
    axis: int = 0
    palette: np.ndarray | None = None

    @property
    def array(self) -> np.ndarray:
        """The numbers that the graph computes with, float32."""
        if self.palette is not None:
            return self.palette[self.values]
        values = self.values.astype(np.float32)
        if self.scale is None:
            return values
        return values * (self.scale if len(self.scale) == 1 else np.expand_dims(self.scale, 1 - self.axis))

    @property
    def transposed(self) -> StoredArray:
        """The same numbers with rows and columns exchanged, since converters may write them so."""
        return StoredArray(np.ascontiguousarray(self.values.T), self.scale, 1 - self.axis, self.palette)


Stored = dict[tuple[tuple[int, ...], bytes], StoredArray]
"""Stored arrays by shape and bytes of the float32 array."""


def round_weights(graph: nn.Module, precision: Precision) -> Stored:
    """Round the constants of a graph in place.

    Args:
        graph: its modules of `Constants` are changed.
        precision: decides, with each module's `held`, how coarsely a matrix is stored.

    Returns:
        How each rounded constant is stored, also transposed; all others stay float32.
    """
    stored: Stored = {}
    for module in graph.modules():
        if not isinstance(module, Constants):
            continue
        for name, buffer in list(module.named_buffers(recurse=False)):
            array = _rounded(buffer.numpy(), precision, module)
            if array is not None:
                setattr(module, name, torch.from_numpy(array.array))
                for form in (array, array.transposed):
                    stored[_key(form.array)] = form
    return stored


def stored_as(stored: Stored, array: np.ndarray) -> StoredArray | None:
    """Return how a constant that a converter wrote is stored.

    Args:
        stored: from `round_weights`.
        array: the constant, float32.

    Returns:
        Its stored form; None for a constant that stays as it is.
    """
    return stored.get(_key(array))


def _key(array: np.ndarray) -> tuple[tuple[int, ...], bytes]:
    return array.shape, np.ascontiguousarray(array, np.float32).tobytes()


def _rounded(array: np.ndarray, precision: Precision, module: Constants) -> StoredArray | None:
    held = module.held
    if precision == "fp32" or held == "exact" or array.ndim != 2 or array.size < _LEAST_ELEMENTS:
        return None
    if held == "half" or (precision == "fp16" and held == "coarse"):
        return StoredArray(array.astype(np.float16))
    if held in _PALETTE_BITS:
        palette = palette_for(array, _PALETTE_BITS[held])
        return StoredArray(nearest(array, palette), palette=palette)
    largest = np.abs(array).max(1 if held == "coarse" else None).reshape(-1)
    scale = np.where(largest > 0, largest / _LEVELS, 1.0).astype(np.float32)
    levels = array / scale[:, None]
    levels = np.rint(levels) if module.inputs is None else rounded_for(levels, module.inputs)
    return StoredArray(levels.clip(-_LEVELS, _LEVELS).astype(np.int8), scale)

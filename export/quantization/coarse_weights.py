"""Weights rounded to what a precision can hold, before any converter sees them.

The rounded graph is the model: whatever format it is written in stores the same half floats or 8-bit numbers
and computes in float32, so that all formats of one precision agree. Writers find an array by its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

from export.quantization.error_feedback import rounded_for
from export.quantization.graph_constants import Constants
from export.quantization.palette import nearest, palette_for

Precision = Literal["fp32", "fp16", "int8", "palettised"]
"""palettised: int8, of which what moves vertices little is stored in 6 or 4 bits."""

_LEAST_ELEMENTS = 1000
_LEVELS = 127
_PALETTE_BITS = {"six": 6, "four": 4}


@dataclass(frozen=True)
class StoredArray:
    """`values` float16, or int8 times `scale`, of which there is one, or one for each place along `axis`.

    Or, where there is a palette, their places in it.
    """

    values: np.ndarray
    scale: np.ndarray | None = None
    axis: int = 0
    palette: np.ndarray | None = None

    @property
    def array(self) -> np.ndarray:
        """float32, as the graph computes with it."""
        if self.palette is not None:
            return self.palette[self.values]
        values = self.values.astype(np.float32)
        if self.scale is None:
            return values
        return values * (self.scale if len(self.scale) == 1 else np.expand_dims(self.scale, 1 - self.axis))

    @property
    def transposed(self) -> StoredArray:
        return StoredArray(np.ascontiguousarray(self.values.T), self.scale, 1 - self.axis, self.palette)


Stored = dict[tuple[tuple[int, ...], bytes], StoredArray]
"""By shape and bytes of the float32 array."""


def round_weights(graph: nn.Module, precision: Precision) -> Stored:
    """Rounds the constants of a graph in place, and says how each is stored; the rest stays float32."""
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
    """How a constant that a converter wrote is stored; None for one that stays as it is."""
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

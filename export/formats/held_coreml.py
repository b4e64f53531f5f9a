"""A constant of a Core ML program as it is stored: an operator that Core ML evaluates once, when it loads the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from export.converter_package import converter
from export.quantization.coarse_weights import StoredArray
from export.quantization.palette import packed

_FORMAT = "Core ML"


def held(op: Any, array: StoredArray, ios: int) -> Any:
    """Return the variable that replaces the result of a constant.

    Args:
        op: the constant's operator in the program; the new one goes before it.
        array: the constant as it is stored.
        ios: 16 or 18, the first version that the package is for.

    Returns:
        The result of the new operator, float32. From iOS 18 on 8-bit numbers and palettes have other operators.

    Raises:
        ExportError: where coremltools is not installed.
    """
    builder = converter("coremltools.converters.mil", _FORMAT).Builder
    place = {"name": f"{op.name}_held", "before_op": op}
    if array.palette is not None:
        palette = _palette if ios == 16 else _palette_18
        return builder.constexpr_lut_to_dense(**palette(array, array.palette), **place)
    if array.scale is None:
        return builder.constexpr_cast(source_val=array.values, output_dtype="fp32", **place)
    if ios == 16:
        return builder.constexpr_affine_dequantize(**_bytes(array, array.scale), **place)
    return builder.constexpr_blockwise_shift_scale(**_bytes_18(array, array.scale), **place)


def _bytes(array: StoredArray, scale: np.ndarray) -> dict[str, Any]:
    one = len(scale) == 1
    return {
        "quantized_data": array.values,
        "zero_point": np.int8(0) if one else np.zeros(len(scale), np.int8),
        "scale": scale[0] if one else scale,
        "axis": array.axis,
    }


def _bytes_18(array: StoredArray, scale: np.ndarray) -> dict[str, Any]:
    shape = [1, 1]
    shape[array.axis] = len(scale)
    return {"data": array.values, "scale": scale.reshape(shape)}


def _palette(array: StoredArray, palette: np.ndarray) -> dict[str, Any]:
    places = packed(array.values, int(np.log2(len(palette))))
    return {"indices": places, "lut": palette, "shape": np.array(array.values.shape, np.uint32)}


def _palette_18(array: StoredArray, palette: np.ndarray) -> dict[str, Any]:
    types = converter("coremltools.converters.mil.mil", _FORMAT).types
    small = {16: types.np_uint4_dtype, 64: types.np_uint6_dtype}[len(palette)]
    return {"indices": array.values.astype(small), "lut": palette.reshape(1, 1, -1, 1)}

"""A graph as Core ML packages (ML programs), weights stored as the precision says.

Before iOS 18 a package holds one function: `specialise` lies beside `run`. Computing stays in float32: a vertex is
centimetres from the origin, where half floats are 0.06 mm apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.coarse_weights import Stored, StoredArray, stored_as
from export.converter_package import converter, quiet
from export.exported_graph import ExportedGraph, Function
from export.model_metadata import KEY
from export.palette import packed
from export.plain_function import PlainFunction
from export.read_onnx import beside

_FORMAT = "Core ML"


def write_coreml(graph: ExportedGraph, path: Path, description: str) -> None:
    """Writes both packages. Raises ExportError where the converter is not installed."""
    with quiet():
        for function, place in ((graph.run, path), (graph.specialise, beside(path))):
            _package(function, graph.stored, description).save(str(place))


def _package(function: Function, stored: Stored, description: str) -> Any:
    tools = converter("coremltools", _FORMAT)
    plain = PlainFunction(function).eval()
    with torch.no_grad():
        traced = torch.jit.trace(plain, tuple(function.inputs.values()))
    options = {"minimum_deployment_target": tools.target.iOS16, "skip_model_load": True}
    program = tools.convert(
        traced,
        inputs=[
            tools.TensorType(name=name, shape=tuple(tensor.shape), dtype=np.float32)
            for name, tensor in function.inputs.items()
        ],
        outputs=[tools.TensorType(name=name, dtype=np.float32) for name in function.outputs],
        convert_to="milinternal",
        compute_precision=tools.precision.FLOAT32,
        minimum_deployment_target=tools.target.iOS16,
    )
    _store(program, stored)
    package = tools.convert(
        program,
        source="milinternal",
        convert_to="mlprogram",
        compute_precision=tools.precision.FLOAT32,
        pass_pipeline=tools.PassPipeline.EMPTY,
        **options,
    )
    package.user_defined_metadata[KEY] = description
    return package


def _store(program: Any, stored: Stored) -> None:
    """Replaces constants by the half floats or 8-bit numbers that they are."""
    mil = converter("coremltools.converters.mil.mil", _FORMAT)
    scope = converter("coremltools.converters.mil.mil.scope", _FORMAT)
    sources = (scope.ScopeSource.TORCHSCRIPT_MODULE_NAME, scope.ScopeSource.TORCHSCRIPT_MODULE_TYPE)
    scopes = [scope.ScopeInfo(source=source, data=["held"]) for source in sources]
    block = program.functions["main"]
    with block, mil.Builder.scope(*scopes):
        for op in list(block.operations):
            value = op.outputs[0].val if op.op_type == "const" else None
            array = stored_as(stored, value) if isinstance(value, np.ndarray) else None
            if array is None:
                continue
            held = _held(mil.Builder, op, array)
            block.replace_uses_of_var_after_op(
                anchor_op=held.op, old_var=op.outputs[0], new_var=held, force_replace=True
            )
            block.remove_ops([op])


def _held(builder: Any, op: Any, array: StoredArray) -> Any:
    """A constant as it is stored, before the operator that it replaces."""
    name = f"{op.name}_held"
    if array.palette is not None:
        return builder.constexpr_lut_to_dense(
            indices=packed(array.values, int(np.log2(len(array.palette)))),
            lut=array.palette,
            shape=np.array(array.values.shape, np.uint32),
            name=name,
            before_op=op,
        )
    if array.scale is None:
        return builder.constexpr_cast(source_val=array.values, output_dtype="fp32", name=name, before_op=op)
    one = len(array.scale) == 1
    return builder.constexpr_affine_dequantize(
        quantized_data=array.values,
        zero_point=np.int8(0) if one else np.zeros(len(array.scale), np.int8),
        scale=array.scale[0] if one else array.scale,
        axis=array.axis,
        name=name,
        before_op=op,
    )

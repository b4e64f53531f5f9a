"""A function of a graph as an ONNX model, its network weights stored as the precision says.

Half floats and 8-bit numbers are initializers with a Cast or DequantizeLinear behind them; the graph computes in
float32. ONNX has one graph a file, so `specialise` is a file of its own beside `run`.
"""

from __future__ import annotations

from typing import Any

import torch

from export.converter_package import converter, quiet
from export.formats.metadata_format import KEY
from export.formats.plain_function import PlainFunction
from export.graph.exported_graph import Function
from export.quantization.coarse_weights import Stored, stored_as

OPSET = 18
_FORMAT = "ONNX"


def onnx_bytes(function: Function, stored: Stored, description: str) -> bytes:
    """Return the ONNX file of one function.

    Args:
        function: the module with example inputs.
        stored: how each constant is stored, from `round_weights`.
        description: the JSON document, stored in the metadata.

    Returns:
        The file's bytes, opset 18.

    Raises:
        ExportError: where a converter is not installed.
    """
    onnx = converter("onnx", _FORMAT)
    converter("onnxscript", _FORMAT)
    model = onnx.load_model_from_string(_converted(function))
    _forget_sources(model.graph)
    _store(model.graph, stored, onnx)
    onnx.helper.set_model_props(model, {KEY: description})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _converted(function: Function) -> bytes:
    """Return PyTorch's own file, every constant float32."""
    with quiet(), torch.no_grad():
        program = torch.onnx.export(
            PlainFunction(function),
            tuple(function.inputs.values()),
            input_names=list(function.inputs),
            output_names=list(function.outputs),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
        )
        assert program is not None
        return program.model_proto.SerializeToString(deterministic=True)


def _forget_sources(graph: Any) -> None:
    """Leave out where in this machine's files PyTorch found each part; nothing reads it."""
    for part in (graph, *graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""


def _store(graph: Any, stored: Stored, onnx: Any) -> None:
    first = []
    for initializer in list(graph.initializer):
        if initializer.data_type != onnx.TensorProto.FLOAT:
            continue
        array = stored_as(stored, onnx.numpy_helper.to_array(initializer))
        if array is None:
            continue
        held = f"{initializer.name}.held"
        graph.initializer.append(onnx.numpy_helper.from_array(array.values, held))
        if array.scale is None:
            first.append(onnx.helper.make_node("Cast", [held], [initializer.name], to=onnx.TensorProto.FLOAT))
        else:
            scale = array.scale if len(array.scale) > 1 else array.scale[0]
            graph.initializer.append(onnx.numpy_helper.from_array(scale, f"{held}.scale"))
            first.append(
                onnx.helper.make_node(
                    "DequantizeLinear", [held, f"{held}.scale"], [initializer.name], axis=array.axis
                )
            )
        graph.initializer.remove(initializer)
    nodes = [*first, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)

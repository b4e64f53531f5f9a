"""A graph as a TFLite file with two signatures, its network weights stored as the precision says.

The converter writes float32. Each of its constants that the graph holds as half floats or 8-bit numbers becomes
such a tensor with a DEQUANTIZE behind it, which the runtime evaluates once. Names of inner tensors, a tenth of
a megabyte, are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from export.converter_package import converter, quiet
from export.graph.exported_graph import ExportedGraph
from export.quantization.coarse_weights import Stored, StoredArray, stored_as

_IDENTIFIER = b"TFL3"
_FORMAT = "TFLite"


def tflite_bytes(graph: ExportedGraph) -> bytes:
    """Return the TFLite file of a graph, without its description.

    Args:
        graph: the functions `run` and `specialise`, and how their constants are stored.

    Returns:
        The flatbuffer's bytes, schema 3.

    Raises:
        ExportError: where a converter is not installed.
    """
    schema = converter("ai_edge_litert.schema_py_generated", _FORMAT)
    model = schema.ModelT.InitFromPackedBuf(_converted(graph), 0)
    for subgraph in model.subgraphs:
        _store(model, subgraph, graph.stored, schema)
        _forget_names(subgraph)
    return _packed(model)


def _converted(graph: ExportedGraph) -> bytes:
    """Return the converter's own file, every constant float32."""
    litert = converter("litert_torch", _FORMAT)
    with quiet(), torch.no_grad():
        run, specialise = graph.run, graph.specialise
        both = litert.signature(run.name, run.module, sample_kwargs=run.inputs)
        both = both.signature(specialise.name, specialise.module, sample_kwargs=specialise.inputs)
        return both.convert().model_content()


def _store(model: Any, subgraph: Any, stored: Stored, schema: Any) -> None:
    """Replace the constants of one subgraph by the numbers that are stored."""
    first: list[Any] = []
    for index, tensor in enumerate(list(subgraph.tensors)):
        data = model.buffers[tensor.buffer].data
        if data is None or tensor.type != schema.TensorType.FLOAT32:
            continue
        shape = tuple(int(size) for size in tensor.shape)
        array = stored_as(stored, np.frombuffer(np.asarray(data, np.uint8), np.float32).reshape(shape))
        if array is not None:
            _hold(model, tensor, array, schema)
            first.append(_dequantize(model, subgraph, index, schema))
    subgraph.operators = first + list(subgraph.operators)


def _hold(model: Any, tensor: Any, array: StoredArray, schema: Any) -> None:
    """Write a constant as it is stored into its tensor."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(array.values.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer, tensor.type = len(model.buffers) - 1, schema.TensorType.FLOAT16
    if array.scale is not None:
        tensor.type = schema.TensorType.INT8
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = array.scale
        tensor.quantization.zeroPoint = np.zeros(len(array.scale), np.int64)
        tensor.quantization.quantizedDimension = array.axis if len(array.scale) > 1 else 0


def _dequantize(model: Any, subgraph: Any, index: int, schema: Any) -> Any:
    """Return the operator that makes float32 of a tensor; operators that used the tensor now use its result."""
    result = schema.TensorT()
    result.shape, result.type, result.buffer = subgraph.tensors[index].shape, schema.TensorType.FLOAT32, 0
    subgraph.tensors.append(result)
    place = len(subgraph.tensors) - 1
    for operator in subgraph.operators:
        operator.inputs = [place if used == index else used for used in operator.inputs]
    step = schema.OperatorT()
    step.opcodeIndex = _opcode(model, schema.BuiltinOperator.DEQUANTIZE, schema)
    step.inputs, step.outputs = [index], [place]
    return step


def _opcode(model: Any, builtin: int, schema: Any) -> int:
    """Return the place of an operator in the model's list, where it is added if need be."""
    for place, code in enumerate(model.operatorCodes):
        if code.builtinCode == builtin:
            return place
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = builtin
    code.version = 5
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1


def _forget_names(subgraph: Any) -> None:
    kept = {*subgraph.inputs, *subgraph.outputs}
    for index, tensor in enumerate(subgraph.tensors):
        tensor.name = tensor.name if index in kept else None
        if tensor.quantization is not None and tensor.quantization.scale is None:
            tensor.quantization = None


def _share_constants(model: Any) -> None:
    """Let tensors of equal bytes have one buffer."""
    first: dict[bytes, int] = {}
    for tensor in (tensor for subgraph in model.subgraphs for tensor in subgraph.tensors):
        data = model.buffers[tensor.buffer].data
        if data is not None and len(data):
            tensor.buffer = first.setdefault(np.asarray(data, np.uint8).tobytes(), tensor.buffer)


def _packed(model: Any) -> bytes:
    """Return the flatbuffer, with constants that both functions use once, and without those that nothing uses any more."""
    _share_constants(model)
    used = {0} | {tensor.buffer for subgraph in model.subgraphs for tensor in subgraph.tensors}
    used |= {entry.buffer for entry in model.metadata or []}
    places = {index: place for place, index in enumerate(sorted(used))}
    model.buffers = [model.buffers[index] for index in places]
    for holder in [
        *(tensor for subgraph in model.subgraphs for tensor in subgraph.tensors),
        *(model.metadata or []),
    ]:
        holder.buffer = places[holder.buffer]
    builder = converter("flatbuffers", _FORMAT).Builder(1 << 24)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())

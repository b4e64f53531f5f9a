"""A graph as Core ML packages (ML programs), network weights stored as the precision says.

From iOS 18 on a package holds both functions, which share their constants; before, `specialise` lies beside `run`.
Computing stays in float32: a vertex is centimetres from the origin, where half floats are 0.06 mm apart.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.converter_package import converter, quiet
from export.formats.held_coreml import held
from export.formats.metadata_format import KEY
from export.formats.plain_function import PlainFunction
from export.formats.read_onnx import beside
from export.graph.exported_graph import ExportedGraph, Function
from export.model_choices import IosVersion
from export.quantization.coarse_weights import Stored, stored_as

_FORMAT = "Core ML"


def write_coreml(graph: ExportedGraph, path: Path, description: str, ios: IosVersion = 16) -> None:
    """Write one package, or two before iOS 18.

    Args:
        graph: the functions `run` and `specialise`.
        path: the .mlpackage folder; before iOS 18 that of `run`, with `specialise` beside it.
        description: the JSON document, stored in the metadata.
        ios: the first version that the packages are for.

    Raises:
        ExportError: where coremltools is not installed.
    """
    with quiet():
        if ios == 16:
            _save_both(graph, path, description, ios)
        else:
            with tempfile.TemporaryDirectory() as folder:
                single = Path(folder) / path.name
                _save_both(graph, single, description, ios)
                _save_joined(single, path, description)


def _save_both(graph: ExportedGraph, path: Path, description: str, ios: IosVersion) -> None:
    for function, place in ((graph.run, path), (graph.specialise, beside(path))):
        _package(function, graph.stored, description, ios).save(str(place))


def _save_joined(single: Path, path: Path, description: str) -> None:
    """Write one package with both functions. The joined one has no metadata yet, and is saved once more with it."""
    models = converter("coremltools.models", _FORMAT)
    wanted = models.utils.MultiFunctionDescriptor()
    wanted.add_function(str(single), "main", "run")
    wanted.add_function(str(beside(single)), "main", "specialise")
    wanted.default_function_name = "run"
    bare = single.with_name(f"joined.{path.name}")
    models.utils.save_multifunction(wanted, str(bare))
    package = models.MLModel(str(bare), skip_model_load=True)
    package.user_defined_metadata[KEY] = description
    package.save(str(path))


def _package(function: Function, stored: Stored, description: str, ios: IosVersion) -> Any:
    tools = converter("coremltools", _FORMAT)
    target = tools.target.iOS16 if ios == 16 else tools.target.iOS18
    plain = PlainFunction(function).eval()
    with torch.no_grad():
        traced = torch.jit.trace(plain, tuple(function.inputs.values()))
    options = {"minimum_deployment_target": target, "skip_model_load": True}
    program = tools.convert(
        traced,
        inputs=[
            tools.TensorType(name=name, shape=tuple(tensor.shape), dtype=np.float32)
            for name, tensor in function.inputs.items()
        ],
        outputs=[tools.TensorType(name=name, dtype=np.float32) for name in function.outputs],
        convert_to="milinternal",
        compute_precision=tools.precision.FLOAT32,
        minimum_deployment_target=target,
    )
    _store(program, stored, ios)
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


def _store(program: Any, stored: Stored, ios: IosVersion) -> None:
    """Replace constants by the half floats, 8-bit numbers or palettes that they are."""
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
            result = held(op, array, ios)
            block.replace_uses_of_var_after_op(
                anchor_op=result.op, old_var=op.outputs[0], new_var=result, force_replace=True
            )
            block.remove_ops([op])

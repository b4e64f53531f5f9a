"""A Core ML package: on a Mac as Core ML predicts, elsewhere as its program says, operator by operator.

The evaluation elsewhere checks graph, network weights and description, not Apple's kernels.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from export.converter_package import converter, quiet
from export.export_error import UnknownOperatorError
from export.formats.exported_model import (
    Arrays,
    Compute,
    ExportedModel,
    check_ports,
    not_ours,
    read_metadata,
    unreadable,
)
from export.formats.metadata_format import KEY
from export.formats.read_onnx import beside

_FORMAT = "Core ML"
_NOT_INFERRED = {
    "silu": lambda x: x * (0.5 + 0.5 * np.tanh(0.5 * x)),
    "reduce_sum": lambda x, axes, keep_dims: x.sum(tuple(map(int, axes)), keepdims=bool(keep_dims)),
}
"""Operators whose values coremltools does not infer, or not with this NumPy, as their documentation defines them."""


def read_coreml(path: Path) -> ExportedModel:
    """Return the model of a Core ML package, or of two packages beside each other.

    Args:
        path: the .mlpackage folder with `run`.

    Returns:
        The model.

    Raises:
        UnreadableModelError: for a package that is missing or damaged.
        MismatchedModelError: for a model of another program or version, or one that was changed.
        ExportError: where coremltools is not installed.
    """
    main = _package(path)
    names = [function.name for function in main.get_spec().description.functions]
    packages = {name: (path, main, name) for name in names}
    if not names:
        packages = {"run": (path, main, "main"), "specialise": (beside(path), _package(beside(path)), "main")}
    texts = [package.user_defined_metadata.get(KEY) for _, package, _ in packages.values()]
    if not texts[0] or len(set(texts)) != 1:
        raise not_ours(path)
    metadata = read_metadata(texts[0], path)
    for name, (place, package, inner) in packages.items():
        check_ports(metadata, name, *_shapes(package, inner), place)
    functions = {name: _compute(*package) for name, package in packages.items()}
    spec = main.get_spec().specificationVersion
    files = tuple(dict.fromkeys(place for place, _, _ in packages.values()))
    return ExportedModel(path, metadata, functions, f"Core ML specification {spec} (iOS {spec + 9})", files)


def _package(path: Path) -> Any:
    tools = converter("coremltools", _FORMAT)
    if not path.is_dir():
        raise unreadable(path, "no such package beside it, where `run` and `specialise` belong")
    try:
        with quiet():
            return tools.models.MLModel(str(path), skip_model_load=sys.platform != "darwin")
    except Exception as error:  # the error of a damaged package depends on where it is damaged
        raise unreadable(path, type(error).__name__) from error


def _shapes(package: Any, function: str) -> tuple[dict[str, tuple], dict[str, tuple]]:
    described = package.get_spec().description
    for one in described.functions:
        described = one if one.name == function else described
    sides = (
        {port.name: tuple(port.type.multiArrayType.shape) for port in side}
        for side in (described.input, described.output)
    )
    inputs, outputs = sides
    return inputs, outputs


def _compute(path: Path, package: Any, function: str) -> Compute:
    if sys.platform == "darwin":
        return lambda inputs: package.predict(dict(inputs))
    try:
        return _Program(path, package, function)
    except Exception as error:  # as above: weights cut short, unknown operators
        raise unreadable(path, type(error).__name__) from error


class _Program:
    """A program whose operators coremltools itself evaluates, each from the values of its inputs.

    Values are put where coremltools keeps those that it infers while it converts, and the loaded operators are asked
    for theirs. Building every operator anew from constants gives the same values in ten times as long.
    """

    def __init__(self, path: Path, package: Any, function: str):
        load = converter("coremltools.converters.mil.frontend.milproto.load", _FORMAT).load
        types = converter("coremltools.converters.mil.mil.types.type_mapping", _FORMAT)
        self._as_builtin = types.numpy_val_to_builtin_val
        self._path, spec = path, package.get_spec()
        weights = str(package.weights_dir) if package.weights_dir else ""
        with quiet():
            program = load(spec, spec.specificationVersion, weights)
        self._function = program.functions[function]
        self._operations = []
        for op in self._function.operations:
            if op.op_type == "const" or op.op_type.startswith("constexpr"):
                for output in op.outputs:
                    self._give(
                        output, output.val if output.val is not None else op.materialized_val_inference()
                    )
            else:
                self._operations.append(op)

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        for name, array in inputs.items():
            self._give(self._function.inputs[name], np.asarray(array))
        with quiet():
            for op in self._operations:
                for output, value in zip(op.outputs, self._inferred(op), strict=True):
                    self._give(output, value)
        return {output.name: np.asarray(output.val, np.float32) for output in self._function.outputs}

    def _give(self, variable: Any, value: Any) -> None:
        variable._sym_val = self._as_builtin(value)[0]

    def _inferred(self, op: Any) -> list[Any]:
        if op.op_type in _NOT_INFERRED:
            given = {name: variable.val for name, variable in op.inputs.items() if variable is not None}
            return [_NOT_INFERRED[op.op_type](**given)]
        try:
            result = op.value_inference()
        except NotImplementedError:
            result = None
        answers = list(result) if isinstance(result, list | tuple) else [result]
        if any(answer is None for answer in answers):
            raise UnknownOperatorError(
                f"Expected operators that coremltools evaluates, got '{op.op_type}' in '{self._path}'. "
                "Read the package on a Mac, or export the character again with this version of softdeca."
            )
        return answers

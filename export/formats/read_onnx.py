"""An ONNX file, and the one of `specialise` beside it, as ONNX Runtime runs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from export.converter_package import converter
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

SPECIALISE = ".specialise"


def beside(path: Path) -> Path:
    """Return the path of `specialise`, in formats that hold one function a file.

    Args:
        path: of `run`, as in "head.onnx".

    Returns:
        The path beside it, as in "head.specialise.onnx".
    """
    return path.with_name(path.stem + SPECIALISE + path.suffix)


def read_onnx(path: Path, threads: int = 1) -> ExportedModel:
    """Return the model of two ONNX files beside each other.

    Args:
        path: the .onnx file with `run`.
        threads: that ONNX Runtime may use within an operator.

    Returns:
        The model.

    Raises:
        UnreadableModelError: for a file that is missing or damaged.
        MismatchedModelError: for a model of another program or version, or one that was changed.
        ExportError: where ONNX Runtime is not installed.
    """
    sessions = {"run": _session(path, threads), "specialise": _session(beside(path), threads)}
    texts = {name: session.get_modelmeta().custom_metadata_map.get(KEY) for name, session in sessions.items()}
    if texts["run"] is None or texts["specialise"] != texts["run"]:
        raise not_ours(path if texts["run"] is None else beside(path))
    metadata = read_metadata(texts["run"], path)
    for name, session in sessions.items():
        check_ports(metadata, name, _shapes(session.get_inputs()), _shapes(session.get_outputs()), path)
    functions = {name: _compute(session) for name, session in sessions.items()}
    return ExportedModel(path, metadata, functions, f"ONNX opset {_opset(path)}", (path, beside(path)))


def _session(path: Path, threads: int) -> Any:
    runtime = converter("onnxruntime", "ONNX")
    if not path.is_file():
        raise unreadable(path, "no such file beside it, where `run` and `specialise` belong")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    options.add_session_config_entry("session.disable_quant_qdq", "1")  # 8-bit weights are dequantized once
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors share no class of their own
        raise unreadable(path, type(error).__name__) from error


def _opset(path: Path) -> int:
    return converter("onnx", "ONNX").load(path).opset_import[0].version


def _shapes(ports: list[Any]) -> dict[str, tuple[int, ...]]:
    return {port.name: tuple(port.shape) for port in ports}


def _compute(session: Any) -> Compute:
    names = [port.name for port in session.get_outputs()]

    def compute(inputs: Mapping[str, np.ndarray]) -> Arrays:
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))

    return compute

"""A TFLite file as LiteRT's interpreter runs it. The description is a zip behind the flatbuffer, as in TFLite Metadata."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from export.converter_package import converter
from export.formats.exported_model import (
    Arrays,
    ExportedModel,
    check_ports,
    not_ours,
    read_metadata,
    unreadable,
)

_MEMBER = "model.json"
_IDENTIFIER = slice(4, 8)


def append_description(path: Path, text: str) -> None:
    """Append a description to a model file, behind the flatbuffer, where runtimes do not look.

    Args:
        path: the .tflite file; changed in place.
        text: the JSON document.
    """
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        member = zipfile.ZipInfo(_MEMBER)  # without the time of day, so that equal models are equal files
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, text)


def read_tflite(path: Path, threads: int = 1) -> ExportedModel:
    """Return the model of a TFLite file.

    Args:
        path: the .tflite file.
        threads: that the interpreter may use.

    Returns:
        The model.

    Raises:
        UnreadableModelError: for a file that is damaged or no TFLite model.
        MismatchedModelError: for a model of another program or version, or one that was changed.
        ExportError: where LiteRT is not installed.
    """
    interpreter_module = converter("ai_edge_litert.interpreter", "TFLite")
    if path.read_bytes()[_IDENTIFIER] != b"TFL3":
        raise unreadable(path, "no TFLite model")
    metadata = read_metadata(_description(path), path)
    try:
        interpreter = interpreter_module.Interpreter(str(path), num_threads=threads)
        runners = {name: interpreter.get_signature_runner(name) for name in interpreter.get_signature_list()}
    except (ValueError, RuntimeError) as error:
        raise unreadable(path, error) from error
    functions = {name: _compute(runner) for name, runner in runners.items()}
    for name in metadata["functions"]:
        if name not in runners:
            raise not_ours(path)
        inputs, outputs = runners[name].get_input_details(), runners[name].get_output_details()
        check_ports(metadata, name, _shapes(inputs), _shapes(outputs), path)
    return ExportedModel(path, metadata, functions, "TFLite schema 3", (path,))


def _description(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(_MEMBER)
    except KeyError as error:
        raise not_ours(path) from error
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise unreadable(path, "its description is missing or damaged") from error


def _shapes(details: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(int(size) for size in detail["shape"]) for name, detail in details.items()}


def _compute(runner: Any):
    def compute(inputs: Mapping[str, np.ndarray]) -> Arrays:
        return {name: np.array(array) for name, array in runner(**inputs).items()}

    return compute

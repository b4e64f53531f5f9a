"""Any model that softdeca exported, by its path."""

from __future__ import annotations

from pathlib import Path

from export.export_error import UnreadableModelError
from export.formats.exported_model import ExportedModel
from export.formats.read_coreml import read_coreml
from export.formats.read_onnx import read_onnx
from export.formats.read_tflite import read_tflite

READERS = {".tflite": read_tflite, ".onnx": read_onnx, ".mlpackage": read_coreml}


def open_exported(path: Path | str) -> ExportedModel:
    """Return any model that softdeca exported, ready to run.

    Args:
        path: a .tflite or .onnx file, or a .mlpackage folder.

    Returns:
        The model.

    Raises:
        UnreadableModelError: for a file that is missing, damaged or no model.
        MismatchedModelError: for a model of another program or version, or one that was changed.
        ExportError: where the runtime is not installed.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise UnreadableModelError(
            f"Expected a model ending in {', '.join(READERS)}, got '{path.name}'. "
            "Make one with 'softdeca export'."
        )
    if not path.exists():
        raise UnreadableModelError(
            f"Expected an exported model, got '{path}', which does not exist. Make one with 'softdeca export'."
        )
    return READERS[path.suffix](path)

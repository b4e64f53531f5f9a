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
    """Raises UnreadableModelError, MismatchedModelError, or ExportError where the runtime is not installed."""
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

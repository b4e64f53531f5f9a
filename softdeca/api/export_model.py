"""A character's network as a model for phones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from export.model_choices import IosVersion, ModelFormat, NetworkName, Precision
from export.models.export_report import ExportReport
from landmark_driver.character import Character


def export_model(
    character: str | Path | Character,
    model_format: ModelFormat,
    out: str | Path,
    *,
    precision: Precision = "fp32",
    network: NetworkName = "sparse",
    ios: IosVersion = 16,
    progress: Callable[[str], None] = lambda step: None,
) -> ExportReport:
    """Write a character's network as a model for phones, if it agrees with the driver.

    Args:
        character: a character, path of one, or "default".
        model_format: "coreml", "tflite" or "onnx".
        out: the .mlpackage, .tflite or .onnx to write.
        precision: storage of the network weights.
        network: "sparse" reads landmarks, "soft" ARKit weights.
        ios: the first version that a Core ML package is for.
        progress: called with the name of each step.

    Returns:
        The report: path, size in bytes, largest error in millimetres, inputs and outputs.

    Raises:
        ExportError: for a format, precision or character that cannot be exported.
        OutputError: where `out` has another ending or cannot be written to.
        ParityError: for a model farther from the driver than its precision allows. A failure leaves no file.
    """
    from export.models import export_model as exporter

    whole = character if isinstance(character, Character) else Character.load(character)
    return exporter.export_model(whole, model_format, Path(out), precision, network, progress, ios)

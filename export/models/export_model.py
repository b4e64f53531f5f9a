"""A character's network as a model file, written only if its vertices are those of the driver."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from capture.output_file import check_output
from export.export_error import ExportError
from export.formats.exported_model import ExportedModel
from export.formats.model_metadata import model_metadata, packed_metadata
from export.formats.open_exported import open_exported
from export.formats.read_onnx import beside
from export.formats.read_tflite import append_description
from export.formats.write_coreml import write_coreml
from export.formats.write_onnx import onnx_bytes
from export.formats.write_tflite import tflite_bytes
from export.graph.exported_graph import ExportedGraph, exported_graph
from export.model_choices import IosVersion, ModelFormat, NetworkName, Precision
from export.models.export_report import ExportReport
from export.models.parity import compare, refuse_beyond_bound
from export.models.parity_frames import ParityPlan, parity_cases
from landmark_driver.character import Character

ENDINGS: dict[str, str] = {"coreml": ".mlpackage", "tflite": ".tflite", "onnx": ".onnx"}
_EVERYWHERE: tuple[Precision, ...] = ("fp32", "fp16", "int8")
PRECISIONS: dict[str, tuple[Precision, ...]] = {
    "coreml": (*_EVERYWHERE, "palettised"),
    "tflite": _EVERYWHERE,
    "onnx": _EVERYWHERE,
}
_PLANS = {"coreml": ParityPlan(every=60, tissues=2, frames=4)}
"""On Linux Core ML's graph is evaluated operator by operator, which takes a second a frame."""


def export_model(
    character: Character,
    model_format: ModelFormat,
    out: Path,
    precision: Precision = "fp32",
    network: NetworkName = "sparse",
    progress: Callable[[str], None] = lambda step: None,
    ios: IosVersion = 16,
) -> ExportReport:
    """Write a model of a character's head, and compare it with the driver.

    Args:
        character: its head is exported, also where a scan is bound to it.
        model_format: "coreml", "tflite" or "onnx".
        out: the file, or package, with the ending of the format.
        precision: in which network weights are stored.
        network: "sparse" reads landmarks, "soft" ARKit weights.
        progress: called with the name of each step.
        ios: the first version that a Core ML package is for.

    Returns:
        The report of the written model. Everything happens in a folder beside `out`: a failure leaves nothing.

    Raises:
        ExportError: for a format, precision or character that cannot be exported.
        OutputError: where `out` has another ending or cannot be written to.
        ParityError: for a model farther from the driver than its precision allows.
    """
    check_output(out, (ENDINGS[model_format],))
    _check_asked(model_format, precision, ios)
    head = character.without_scan()
    progress("making the graph")
    graph = exported_graph(head, network, precision)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        draft = Path(folder) / out.name
        progress(f"converting to {model_format}")
        _write(graph, model_format, draft, packed_metadata(model_metadata(graph, head)), ios)
        progress("comparing with the driver")
        model = open_exported(draft)
        parity = compare(model, parity_cases(head, network, _PLANS.get(model_format, ParityPlan())))
        refuse_beyond_bound(parity, precision, out.name)
        report = _report(model, out, parity.max_abs_error_mm, parity.frames)
        _take_name(draft, out)
    return report


def _check_asked(model_format: ModelFormat, precision: Precision, ios: IosVersion) -> None:
    if ios != 16 and model_format != "coreml":
        raise ExportError(
            f"Expected --format coreml with --ios {ios}, got {model_format}, which iOS runs by a library of its own. "
            "Leave --ios away."
        )
    if precision not in PRECISIONS[model_format]:
        raise ExportError(
            f"Expected --precision {', '.join(PRECISIONS[model_format])} for {model_format}, got {precision}: "
            "only Core ML has palettes. Export with --format coreml, or with --precision int8."
        )


def _write(
    graph: ExportedGraph, model_format: ModelFormat, path: Path, description: str, ios: IosVersion
) -> None:
    if model_format == "tflite":
        path.write_bytes(tflite_bytes(graph))
        append_description(path, description)
    elif model_format == "onnx":
        path.write_bytes(onnx_bytes(graph.run, graph.stored, description))
        beside(path).write_bytes(onnx_bytes(graph.specialise, graph.stored, description))
    else:
        write_coreml(graph, path, description, ios)


def _report(model: ExportedModel, out: Path, error_mm: float, frames: int) -> ExportReport:
    inputs, outputs = (
        {name: model.ports(name, side) for name in model.functions} for side in ("inputs", "outputs")
    )
    size = model.bytes
    return ExportReport(
        str(out), size, error_mm, model.precision, model.opset_or_spec, inputs, outputs, frames
    )


def _take_name(draft: Path, out: Path) -> None:
    """Move the model, and the files beside it, to their final place."""
    for source in sorted(draft.parent.iterdir(), key=lambda path: path.name == draft.name):
        target = out.parent / source.name
        if target.is_dir():
            shutil.rmtree(target)
        source.replace(target)

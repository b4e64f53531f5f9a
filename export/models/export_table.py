"""Every format and precision of some characters, measured, as a Markdown table.

    python -m export.models.export_table --out models default me.safetensors

writes the models into the folder, and the table to standard output. A model that misses its bound is a line too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import tyro

from export.export_error import ParityError
from export.model_choices import ModelFormat, NetworkName, Precision
from export.models.export_model import ENDINGS, PRECISIONS, export_model
from landmark_driver.character import Character

_HEAD = "| character | format | network | precision | bytes | largest error, mm | needs |\n|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class TableRequest:
    """The models of a table."""

    characters: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Character files, or default."""
    out: Path
    """A folder for the models."""
    formats: tuple[ModelFormat, ...] = get_args(ModelFormat)
    networks: tuple[NetworkName, ...] = ("sparse",)


def table_line(
    character: str, model_format: ModelFormat, network: NetworkName, precision: Precision, folder: Path
) -> str:
    """Return the table's line of one model, which is exported and measured.

    Args:
        character: path of a .safetensors character, or "default".
        model_format: "coreml", "tflite" or "onnx".
        network: "sparse" reads landmarks, "soft" ARKit weights.
        precision: in which network weights are stored.
        folder: takes the model.

    Returns:
        A line of Markdown: size in bytes and largest error in millimetres, or the reason of a refusal.
    """
    out = folder / f"{Path(character).stem}_{network}_{precision}{ENDINGS[model_format]}"
    name = f"| {Path(character).stem} | {model_format} | {network} | {precision} |"
    try:
        report = export_model(Character.load(character), model_format, out, precision, network)
    except ParityError as error:
        return f"{name} refused | {error} | |"
    return f"{name} {report.bytes:,} | {report.max_abs_error_mm:.2g} | {report.opset_or_spec} |"


def main(request: TableRequest) -> None:
    """Print the table of a request."""
    request.out.mkdir(parents=True, exist_ok=True)
    print(_HEAD)
    for character in request.characters:
        for model_format in request.formats:
            for network in request.networks:
                for precision in PRECISIONS[model_format]:
                    print(table_line(character, model_format, network, precision, request.out), flush=True)


if __name__ == "__main__":
    main(tyro.cli(TableRequest))

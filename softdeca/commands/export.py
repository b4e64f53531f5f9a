"""`softdeca export`: a model for phones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from softdeca.commands.terminal import say, show_step


@dataclass(frozen=True)
class Export:
    """Write a character's per-frame network as a model for phones, if it agrees with the driver."""

    character: Annotated[str, tyro.conf.Positional]
    """A character file, or default."""
    format: Literal["coreml", "tflite", "onnx"]
    out: Path
    """The .mlpackage, .tflite or .onnx to write."""
    precision: Literal["fp32", "fp16", "int8", "palettised"] = "fp32"
    """Storage of the network weights; computing stays in float32. palettised is for coreml alone."""
    network: Literal["sparse", "soft"] = "sparse"
    """sparse: landmarks to vertices; soft: ARKit weights to vertices."""
    ios: Literal[16, 18] = 16
    """For coreml: with 18, one package holds both functions."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Export the model and compare it with the driver.

        Returns:
            The report: path, size in bytes, largest error in millimetres, inputs and outputs.
        """
        from export.models.export_model import export_model
        from landmark_driver.character import Character

        character = Character.load(self.character)
        report = export_model(
            character, self.format, self.out, self.precision, self.network, show_step, self.ios
        ).to_json()
        say(
            f"{report['path']}: {report['bytes']} bytes, within {report['max_abs_error_mm']:.2g} mm of the driver"
        )
        return report

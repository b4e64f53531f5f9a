"""`softdeca export`: a model for phones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from export.model_choices import IosVersion, ModelFormat, NetworkName, Precision
from softdeca.commands.terminal import say, show_step


@dataclass(frozen=True)
class Export:
    """Write a character's per-frame network as a model for phones, if it agrees with the driver."""

    character: Annotated[str, tyro.conf.Positional]
    """A character file, or a person who ships: default, woman, elder."""
    format: ModelFormat
    out: Path
    """The .mlpackage, .tflite or .onnx to write."""
    precision: Precision = "fp32"
    """Storage of the network weights; computing stays in float32. palettised is for coreml alone."""
    network: NetworkName = "sparse"
    """sparse: landmarks to vertices; soft: ARKit weights to vertices."""
    ios: IosVersion = 16
    """For coreml: with 18, one package holds both functions."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Export the model and compare it with the driver.

        Returns:
            The report: path, size in bytes, largest error in millimetres, inputs and outputs.
        """
        from softdeca.api.export_model import export_model

        report = export_model(
            self.character,
            self.format,
            self.out,
            precision=self.precision,
            network=self.network,
            ios=self.ios,
            progress=show_step,
        ).to_json()
        say(
            f"{report['path']}: {report['bytes']} bytes, within {report['max_abs_error_mm']:.2g} mm of the driver"
        )
        return report

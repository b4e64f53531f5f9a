"""The choices that an export has, by name; nothing heavy is imported, so that a command line lists them at once."""

from __future__ import annotations

from typing import Literal

ModelFormat = Literal["coreml", "tflite", "onnx"]
Precision = Literal["fp32", "fp16", "int8", "palettised"]
"""Storage of network weights. palettised: int8, but directions that move vertices little are stored in 6 or 4 bits."""
NetworkName = Literal["sparse", "soft"]
"""sparse: landmarks to vertices; soft: ARKit weights to vertices."""
IosVersion = Literal[16, 18]
"""The first version of iOS that a Core ML package is for."""

"""The drivers by their names; nothing heavy is imported, so that a command line lists them at once."""

from __future__ import annotations

from typing import Literal

DriverName = Literal["landmarks", "weights", "linear"]
"""SparseSoftDECA on landmarks, SoftDECA on ARKit weights, 52 linear blendshapes."""
DRIVER_HELP = (
    "landmarks is SparseSoftDECA (the default of a character with networks), weights is SoftDECA on ARKit "
    "weights, linear the baseline of 52 blendshapes (the default of any other)."
)

"""The report of an exported model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ExportReport:
    """A written model, and its distance from the driver."""

    path: str
    bytes: int
    max_abs_error_mm: float
    precision: str
    opset_or_spec: str
    inputs: dict[str, list[dict[str, Any]]]
    outputs: dict[str, list[dict[str, Any]]]
    frames: int

    def to_json(self) -> dict[str, Any]:
        """Return the report as values that JSON can hold.

        Returns:
            All attributes by name.
        """
        return asdict(self)

"""The distance of an exported model's vertices from those of the character's own driver, in millimetres."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from export.export_error import ParityError
from export.formats.exported_model import ExportedModel
from export.models.parity_frames import ParityCase

BOUND_MM = {"fp32": 0.001, "fp16": 0.02, "int8": 0.1, "palettised": 0.1}
"""The largest distance of any vertex in any compared frame."""
_MM_PER_M = 1000


@dataclass(frozen=True)
class Parity:
    """How many frames were compared, and the largest distance of a vertex."""

    max_abs_error_mm: float
    mean_error_mm: float
    """Mean over frames of the farthest vertex's distance."""
    frames: int


def compare(
    model: ExportedModel, cases: Iterable[ParityCase], progress: Callable[[int], None] = lambda done: None
) -> Parity:
    """Return how far a model is from the driver, over every frame of every tissue.

    Args:
        model: the exported model.
        cases: tissues, each with inputs and the driver's vertices.
        progress: called with the number of frames done.

    Returns:
        Largest and mean distance in millimetres.
    """
    errors: list[float] = []
    for case in cases:
        state = model.specialise(**case.tissue)["tissue_state"]
        for frame in case.frames:
            vertices = model.run(**frame.inputs, tissue_state=state)["vertices_m"]
            away = np.linalg.norm(vertices.astype(float) - frame.vertices_m, axis=1).max()
            errors.append(float(_MM_PER_M * away))
            progress(len(errors))
    assert errors, "at least one frame"
    return Parity(float(np.max(errors)), float(np.mean(errors)), len(errors))


def refuse_beyond_bound(parity: Parity, precision: str, name: str) -> None:
    """Check that a model is as near to the driver as its precision requires.

    Args:
        parity: the measured distances.
        precision: of the model, a key of `BOUND_MM`.
        name: of the file, for the message.

    Raises:
        ParityError: where the model is farther off, or gives no numbers.
    """
    bound = BOUND_MM[precision]
    if not parity.max_abs_error_mm <= bound:
        raise ParityError(
            f"Expected vertices within {bound:g} mm of the driver's in {precision}, got "
            f"{parity.max_abs_error_mm:.4g} mm over {parity.frames} frames: '{name}' is not written. "
            "Export with a finer --precision."
        )

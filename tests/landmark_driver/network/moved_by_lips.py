"""Which vertices the lip stages of a program may move."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from landmark_driver.network.frame_program import FrameProgram

_ROWS = {"lips": ("moving",), "seal": ("moving",), "arches": ("upper", "lower", "floor")}


def moved_by_lips(program: FrameProgram, count: int) -> Bool[np.ndarray, "vertices"]:
    """Return whether each of so many vertices is among them."""
    moved = np.zeros(count, bool)
    for stage in program.stages:
        for name in _ROWS.get(stage.name, ()):
            moved[stage.arrays()[name]] = True
    return moved

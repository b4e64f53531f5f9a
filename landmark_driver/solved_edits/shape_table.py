"""The table of an edit: the head's own shapes settled at half and at full weight, in default tissue and under the edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.head.eyes import EYE_LOOKS
from landmark_driver.solved_edits.kept_solves import KeptSolves
from landmark_driver.tissue.solved_edit import ShapeTable
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

SHAPES = np.setdiff1d(np.arange(ARKIT_COUNT), EYE_LOOKS)
"""The 44 shapes that move tissue; gaze turns eyeballs."""
DIRECTIONS = 48
_LEAST_M = 2e-5
"""A vertex that no shape moves by more is left out."""


@dataclass(frozen=True)
class TableReport:
    """The quality of a table."""

    failures: int
    """Settled shapes without an equilibrium; they count as unchanged by the edit."""
    effect_mm: float
    """Root mean square of the edit's effect on the shapes over the vertices of the table."""
    left_mm: float
    """Root mean square of the effect that the common directions leave out."""


def solve_table(
    solve: KeptSolves,
    setting: TissueSetting,
    rest: Float[np.ndarray, "vertices 3"],
    directions: int = DIRECTIONS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[ShapeTable, TableReport]:
    """Return the table of an edit; the solves that are kept already are not repeated.

    Args:
        solve: the head's solves.
        setting: the edit.
        rest: (V, 3) metres: the resting head under the edit.
        directions: the number of common directions.
        progress: called with the number of settled expressions done and of all; it may raise, which stops the series.

    Returns:
        The table, and its quality.
    """
    effects, failures = [], 0
    expressions = table_expressions()
    for weights in expressions:
        default, edited = solve(weights, default_setting()), solve(weights, setting)
        if default is None or edited is None:
            failures += 1
            effects.append(np.zeros_like(rest))
        else:
            effects.append(edited - default - rest)
        progress(len(effects), len(expressions))
    half, full = np.array(effects).reshape(len(SHAPES), 2, -1).swapaxes(0, 1)
    return table_through(half, full, setting, directions, failures)


def table_expressions() -> list[Float[np.ndarray, "52"]]:
    """Return the expressions that a table settles.

    Returns:
        (52,) ARKit weights of each of `SHAPES`, at half and then at full weight.
    """
    return [weight * np.eye(ARKIT_COUNT)[shape] for shape in SHAPES for weight in (0.5, 1.0)]


def table_through(
    half: Float[np.ndarray, "shapes coordinates"],
    full: Float[np.ndarray, "shapes coordinates"],
    setting: TissueSetting,
    directions: int = DIRECTIONS,
    failures: int = 0,
) -> tuple[ShapeTable, TableReport]:
    """Return the table through an edit's effects at half and full weight.

        b = 2 full - 4 half,   a = full - b

    Args:
        half: (44, 3 V) metres, effects on `SHAPES` at weight 0.5, without the one on the resting head.
        full: the same at weight 1.
        setting: the edit.
        directions: the number of common directions.
        failures: the number of effects that are not known.

    Returns:
        The table, and its quality.
    """
    largest = np.abs([half, full]).max((0, 1)).reshape(-1, 3).max(1)
    vertices = np.flatnonzero(largest > _LEAST_M)
    kept = [
        effect.reshape(len(SHAPES), -1, 3)[:, vertices].reshape(len(SHAPES), -1) for effect in (half, full)
    ]
    stacked = np.concatenate(kept)
    left, sizes, rows = np.linalg.svd(stacked, full_matrices=False)
    count = min(directions, len(sizes))
    scale = np.abs(rows[:count]).max(1, initial=1e-12)
    of_half, of_full = np.split(left[:, :count] * (sizes[:count] * scale), 2)
    coefficients = np.zeros((2, ARKIT_COUNT, count), np.float32)
    coefficients[1, SHAPES] = 2 * of_full - 4 * of_half
    coefficients[0, SHAPES] = of_full - coefficients[1, SHAPES]
    table = ShapeTable(
        setting,
        coefficients.reshape(2 * ARKIT_COUNT, count),
        (rows[:count] / scale[:, None]).astype(np.float16),
        vertices.astype(np.int32),
    )
    report = TableReport(failures, _rms_mm(sizes, stacked.shape), _rms_mm(sizes[count:], stacked.shape))
    return table, report


def _rms_mm(sizes: np.ndarray, shape: tuple[int, int]) -> float:
    """Return the root mean square length of a vertex's displacement from singular values."""
    return float(1e3 * np.sqrt(3 * (sizes**2).sum() / max(shape[0] * shape[1], 1)))

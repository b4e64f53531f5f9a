"""Expressions in an eighth of their size: whole steps of a power of two, and only where a shape moves a vertex.

A step is the least power of two metres of which a shape needs at most 32,767, so steps turn to metres and back without a
rounding: at most 2 micrometres for a shape that moves 60 mm, 1 for one that moves 30.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_MOST_STEPS = 2**15 - 1
_FINEST = -120
_NAMES = ("expression_exponents", "expression_starts", "expression_rows", "expression_steps")


def on_steps(expressions: Float[np.ndarray, "shapes vertices 3"]) -> Float[np.ndarray, "shapes vertices 3"]:
    """Return expressions in whole steps, which files keep compactly.

    Args:
        expressions: (E, V, 3) metres.

    Returns:
        (E, V, 3) metres, float32, each coordinate at most half a step away; the same where they are in steps already.
    """
    sizes = _exponents(expressions)[:, None, None]
    return np.ldexp(np.round(np.ldexp(expressions.astype(float), -sizes)), sizes).astype(np.float32)


def compact_arrays(expressions: Float[np.ndarray, "shapes vertices 3"]) -> dict[str, np.ndarray] | None:
    """Return the arrays of a file for expressions in whole steps.

    Args:
        expressions: (E, V, 3) metres, float32.

    Returns:
        By name: the exponents (E,) of the steps, the first row (E + 1,) of each shape, and for each of its rows the vertex (R,)
        and the steps (R, 3). None for expressions that would be rounded, or have more vertices than 16 bits can count.
    """
    if expressions.shape[1] > 2**16 or not np.array_equal(on_steps(expressions), expressions):
        return None
    exponents = _exponents(expressions)
    shape, vertex = np.nonzero(expressions.any(2))
    steps = np.ldexp(expressions[shape, vertex], -exponents[shape, None])
    starts = np.searchsorted(shape, np.arange(len(expressions) + 1))
    arrays = (
        exponents.astype(np.int8),
        starts.astype(np.uint32),
        vertex.astype(np.uint16),
        steps.astype(np.int16),
    )
    return dict(zip(_NAMES, arrays, strict=True))


def whole_expressions(arrays: dict[str, np.ndarray], count: int) -> Float[np.ndarray, "shapes vertices 3"]:
    """Return the expressions of a file: the inverse of `compact_arrays`.

    Args:
        arrays: by name.
        count: the number of vertices V.

    Returns:
        (E, V, 3) metres, float32.

    Raises:
        ValueError: for arrays that do not fit together.
        KeyError: where one is missing.
    """
    exponents, starts, vertex, steps = (arrays[name] for name in _NAMES)
    lengths = np.diff(starts.astype(np.int64))
    if len(starts) != len(exponents) + 1 or (lengths < 0).any() or starts[0] != 0:
        raise ValueError("a shape has no rows of its own")
    if (
        not len(vertex) == len(steps) == starts[-1]
        or vertex.max(initial=0) >= count
        or steps.shape[1:] != (3,)
    ):
        raise ValueError("rows of expressions do not fit the vertices")
    shape = np.repeat(np.arange(len(exponents)), lengths)
    expressions = np.zeros((len(exponents), count, 3), np.float32)
    expressions[shape, vertex] = np.ldexp(steps.astype(np.float32), exponents.astype(np.int32)[shape, None])
    return expressions


def _exponents(expressions: np.ndarray) -> np.ndarray:
    largest = np.abs(expressions).max((1, 2)).astype(float) / _MOST_STEPS
    return np.ceil(np.log2(np.maximum(largest, 2.0**_FINEST))).astype(np.int64)

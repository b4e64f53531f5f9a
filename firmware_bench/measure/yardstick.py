"""A task that never changes, timed in every round of every run: other times are divided by its time.

The task is one vector times one matrix of the network's size, so that a neighbour in the shared cache or a lower clock
slows it and the network alike. It does not depend on the character, so two runs have it in common.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_bench.measure.timed_rounds import Subject

MODEL = "yardstick"
_SHAPE = (192, 13_824)


def yardstick(within: Callable) -> Subject:
    """Return the yardstick as a subject, in single precision.

    Args:
        within: the context of a slice of calls.

    Returns:
        The subject, with its multiply-adds and bytes.
    """
    matrix = np.random.default_rng(0).normal(size=_SHAPE).astype(np.float32)
    vector = np.random.default_rng(1).normal(size=_SHAPE[0]).astype(np.float32)
    touched = 4 * (matrix.size + sum(_SHAPE))
    return Subject(MODEL, "numpy", lambda: vector @ matrix, 1, matrix.size, touched, within)

"""A task that never changes, timed in every round of every run: what a machine's mood is divided out by.

One vector times one matrix of the network's size, because what slows the network (a neighbour in the shared cache,
a lower clock) slows it alike. It does not depend on the character, so two runs have it in common.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_bench.measure.timed_rounds import Subject

MODEL = "yardstick"
_SHAPE = (192, 13_824)


def yardstick(within: Callable) -> Subject:
    matrix = np.random.default_rng(0).normal(size=_SHAPE).astype(np.float32)
    vector = np.random.default_rng(1).normal(size=_SHAPE[0]).astype(np.float32)
    touched = 4 * (matrix.size + sum(_SHAPE))
    return Subject(MODEL, "numpy", lambda: vector @ matrix, 1, matrix.size, touched, within)

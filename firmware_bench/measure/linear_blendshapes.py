"""The cost that everybody accepts: 52 weights times 52 shapes, added to the neutral head."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_bench.measure.timed_rounds import Subject
from landmark_driver.character import Character

MODEL = "linear blendshapes"


def linear_blendshapes(character: Character, moving: int, within: Callable) -> Subject:
    """Return linear blendshapes in single precision as a subject.

    Args:
        character: gives the neutral head and its 52 shapes.
        moving: how many coordinates to compute: as many as the network's decoder, so that neither has the easier task.
        within: the context of a slice of calls.

    Returns:
        The subject, with arbitrary ARKit weights in 0..1.
    """
    shapes = np.ascontiguousarray(character.head.expressions.reshape(52, -1)[:, :moving], np.float32)
    neutral = character.head.neutral_vertices.astype(np.float32).ravel()[:moving]
    values = shapes.size + 2 * neutral.size + len(shapes)
    return Subject(MODEL, "numpy", _call(shapes, neutral), 1, shapes.size, 4 * values, within)


def _call(shapes: np.ndarray, neutral: np.ndarray) -> Callable[[], object]:
    weights = np.random.default_rng(0).uniform(0, 1, len(shapes)).astype(np.float32)
    return lambda: weights @ shapes + neutral

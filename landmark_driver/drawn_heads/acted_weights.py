"""What drawn heads act: random mixtures of shapes, and natural combinations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.hypernetwork.data.learn_take_statistics import recorded_weights
from landmark_driver.hypernetwork.data.take_statistics import load_take_statistics


def random_weights(rng: np.random.Generator, shapes: int) -> Float[np.ndarray, "52"]:
    """Return a random mixture of a few shapes, most of them the same on both sides of the face.

    Args:
        rng: the source of randomness.
        shapes: the number of shapes drawn, each at 0.15 to 1.

    Returns:
        (52,) ARKit weights in 0..1; tongueOut stays zero.

    A left shape takes its right one along in 70 % of draws, at 0.8 to 1 of its weight.
    """
    weights = np.zeros(len(ARKIT_NAMES))
    for index in rng.choice(len(ARKIT_NAMES), shapes, replace=False):
        name = ARKIT_NAMES[index]
        weights[index] = rng.uniform(0.15, 1.0)
        if rng.uniform() < 0.7 and name.endswith("Left"):
            weights[ARKIT_NAMES.index(name[:-4] + "Right")] = weights[index] * rng.uniform(0.8, 1.0)
    weights[ARKIT_NAMES.index("tongueOut")] = 0.0
    return weights


def natural_weights(take: Path | None, count: int, seed: int) -> Float[np.ndarray, "count 52"]:
    """Return natural combinations of shapes.

    Args:
        take: a Live Link Face CSV; None for samples of the statistics that ship.
        count: how many.
        seed: chooses them.

    Returns:
        (count, 52) ARKit weights in 0..1.
    """
    rng = np.random.default_rng(seed)
    if take is None:
        sampled = [load_take_statistics().sample(rng) for _ in range(count)]
        return np.reshape(sampled, (-1, len(ARKIT_NAMES)))
    recorded = np.clip(recorded_weights(take), 0, 1)
    return recorded[rng.choice(len(recorded), count, replace=False)]

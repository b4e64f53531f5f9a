"""Random expressions to train and test on: 52 ARKit weights in 0..1."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES, MIRROR
from landmark_driver.hypernetwork.data.take_statistics import load_take_statistics

KINDS = ("mixture", "take-like", "extreme")
_FRACTIONS = (0.5, 0.35, 0.15)
_SYMMETRIC = 0.6
"""The fraction of the mixtures whose two sides go together."""
_NEIGHBOURS = {"jawOpen": 3.0, "mouthClose": 0.3, "tongueOut": 0.3}
"""The chance of a shape beside the others' one: speech opens the jaw, and it opens most other shapes."""


def sample_expression(rng: np.random.Generator) -> tuple[str, Float[np.ndarray, "52"]]:
    """Return a random expression and the name of its kind.

    Args:
        rng: the source of randomness.

    Returns:
        One of `KINDS`, and (52,) ARKit weights in 0..1.
    """
    kind = KINDS[rng.choice(len(KINDS), p=_FRACTIONS)]
    if kind == "take-like":
        return kind, _with_asymmetry(rng, load_take_statistics().sample(rng))
    if kind == "extreme":
        return kind, _extreme(rng)
    return kind, _mixture(rng)


def _mixture(rng: np.random.Generator) -> Float[np.ndarray, "52"]:
    """Return two to ten shapes at random strength; opposite directions of one motion do not meet."""
    chances = np.array([_NEIGHBOURS.get(name, 1.0) for name in ARKIT_NAMES])
    count = int(rng.integers(2, 11))
    chosen = rng.choice(len(ARKIT_NAMES), count, replace=False, p=chances / chances.sum())
    weights = np.zeros(len(ARKIT_NAMES))
    weights[chosen] = rng.beta(1.2, 1.2, count)
    if rng.uniform() < _SYMMETRIC:
        weights = np.maximum(weights, rng.uniform(0.85, 1.0) * weights[MIRROR])
    return _without_opposites(weights)


def _extreme(rng: np.random.Generator) -> Float[np.ndarray, "52"]:
    """Return one shape at full strength, alone, with its mirror image, or over something faint."""
    weights = np.zeros(len(ARKIT_NAMES))
    weights[rng.integers(len(ARKIT_NAMES))] = rng.uniform(0.8, 1.0)
    style = rng.integers(3)
    if style == 1:
        weights = np.maximum(weights, weights[MIRROR])
    if style == 2:
        weights = np.maximum(weights, 0.3 * _mixture(rng))
    return _without_opposites(weights)


def _with_asymmetry(rng: np.random.Generator, weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "52"]:
    """Weaken part of one side in a third of the samples, since recorded faces are nearly symmetric."""
    if rng.uniform() < 1 / 3:
        side = ("Left", "Right")[rng.integers(2)]
        weakened = np.array([name.endswith(side) for name in ARKIT_NAMES])
        weights = np.where(weakened, rng.uniform(0, 0.9) * weights, weights)
    return _without_opposites(weights)


_OPPOSITES = (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"))
_EYE_OPPOSITES = tuple(
    (f"eyeLook{a}{side}", f"eyeLook{b}{side}")
    for a, b in (("Up", "Down"), ("In", "Out"))
    for side in ("Left", "Right")
)


def _without_opposites(weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "52"]:
    """Keep only the stronger of opposite shapes, and let the mouth close no more than the jaw opens."""
    weights = weights.copy()
    for pair in _OPPOSITES + _EYE_OPPOSITES:
        first, second = (ARKIT_NAMES.index(name) for name in pair)
        weights[second if weights[first] >= weights[second] else first] = 0.0
    close, jaw = ARKIT_NAMES.index("mouthClose"), ARKIT_NAMES.index("jawOpen")
    weights[close] = min(weights[close], weights[jaw])
    return np.clip(weights, 0, 1)

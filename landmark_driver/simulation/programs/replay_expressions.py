"""The expressions a replay is checked on: every ARKit shape alone, and seeded mixtures of a few."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_INDEX, ARKIT_NAMES

_FEWEST, _MOST = 2, 6
_WEAKEST, _STRONGEST = 0.2, 1.0
_OPPOSITES = (
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    *(
        (f"{one}{side}", f"{other}{side}")
        for side in ("Left", "Right")
        for one, other in (
            ("eyeLookUp", "eyeLookDown"),
            ("eyeLookIn", "eyeLookOut"),
            ("eyeBlink", "eyeWide"),
            ("eyeSquint", "eyeWide"),
            ("mouthSmile", "mouthFrown"),
            ("browDown", "browOuterUp"),
        )
    ),
)


def single_shapes() -> dict[str, Float[np.ndarray, "52"]]:
    """Return every shape at full strength, by name.

    Returns:
        (52,) ARKit weights by name, one of them 1.
    """
    return dict(zip(ARKIT_NAMES, np.eye(len(ARKIT_NAMES)), strict=True))


def mixture(rng: np.random.Generator) -> Float[np.ndarray, "52"]:
    """Return two to six shapes at 0.2 to 1 without opposites.

    The jaw opens at least as far as the mouth closes: `mouthClose` is defined as closing the lips of an open
    jaw.

    Args:
        rng: gives the shapes and their strengths.

    Returns:
        (52,) ARKit weights in 0..1; one more than six where the jaw had to open.
    """
    weights = np.zeros(len(ARKIT_NAMES))
    wanted = rng.integers(_FEWEST, _MOST + 1)
    for index in rng.permutation(len(ARKIT_NAMES)):
        if np.count_nonzero(weights) < wanted and not _opposed(ARKIT_NAMES[index], weights):
            weights[index] = rng.uniform(_WEAKEST, _STRONGEST)
    close, jaw = ARKIT_INDEX["mouthClose"], ARKIT_INDEX["jawOpen"]
    weights[jaw] = max(weights[jaw], weights[close])
    return weights


def _opposed(name: str, weights: Float[np.ndarray, "52"]) -> bool:
    """Return whether an opposite of this shape already acts."""
    others = [other for pair in _OPPOSITES if name in pair for other in pair if other != name]
    return any(weights[ARKIT_INDEX[other]] > 0 for other in others)

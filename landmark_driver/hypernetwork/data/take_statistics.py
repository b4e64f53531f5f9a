"""Expression weights that are distributed as in recorded range-of-motion takes."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

ASSET = Path(__file__).parents[2] / "assets" / "take_statistics.json"
LEVELS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995, 1.0)


@dataclass(frozen=True)
class TakeStatistics:
    """A Gaussian copula: correlated normal scores, turned into ARKit weights by each shape's own quantiles."""

    quantiles: Float[np.ndarray, "52 levels"]
    factors: Float[np.ndarray, "52 factors"]

    def sample(self, rng: np.random.Generator) -> Float[np.ndarray, "52"]:
        """Return a random expression.

        Args:
            rng: the source of randomness.

        Returns:
            (52,) ARKit weights, within the recorded range of each shape.
        """
        own = np.sqrt(1 - (self.factors**2).sum(1))
        scores = self.factors @ rng.normal(size=self.factors.shape[1]) + own * rng.normal(size=len(own))
        shares = ndtr(scores)
        return np.array([np.interp(s, LEVELS, q) for s, q in zip(shares, self.quantiles, strict=True)])


@functools.cache
def load_take_statistics() -> TakeStatistics:
    """Return the statistics that the package ships, read once per process.

    Returns:
        The statistics.
    """
    table = json.loads(ASSET.read_text(encoding="utf-8"))
    return TakeStatistics(np.array(table["quantiles"]), np.array(table["factors"]))

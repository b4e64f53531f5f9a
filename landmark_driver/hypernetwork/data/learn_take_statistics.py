"""Reduces Live Link Face recordings to the few numbers that the expression sampler needs.

    python -m landmark_driver.hypernetwork.data.learn_take_statistics TAKE.csv ... --source "who, licence"

writes landmark_driver/assets/take_statistics.json: for every shape eleven quantiles of its
weight, and for all shapes together the strongest correlations of their ranks. No recorded frame is kept.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri
from scipy.stats import rankdata

from capture.frames.arkit import ARKIT_NAMES, arkit_name
from landmark_driver.hypernetwork.data.take_statistics import ASSET, LEVELS

_FACTORS = 12


def recorded_weights(path: Path) -> Float[np.ndarray, "frames 52"]:
    """Return the 52 curves of a Live Link Face CSV in canonical order.

    Args:
        path: the CSV file.

    Returns:
        (F, 52) ARKit weights as recorded.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {arkit_name(name): name for name in rows[0] if _is_shape(name)}
    return np.array([[float(row[columns[name]]) for name in ARKIT_NAMES] for row in rows])


def statistics(weights: Float[np.ndarray, "frames 52"]) -> dict[str, list]:
    """Return quantiles, and a factor model of the correlation of normal scores: R ≈ F Fᵀ + diag(1 - |F_i|²).

    Args:
        weights: (F, 52) ARKit weights.

    Returns:
        `quantiles`, 52 rows of one ARKit weight per level of `LEVELS`, and `factors`, 52 rows of 12 numbers.
    """
    scores = ndtri((rankdata(weights, axis=0) - 0.5) / len(weights))
    correlation = np.corrcoef(
        scores + 1e-9 * np.random.default_rng(0).normal(size=scores.shape), rowvar=False
    )
    values, vectors = np.linalg.eigh(correlation)
    factors = vectors[:, -_FACTORS:] * np.sqrt(values[-_FACTORS:])
    length = np.linalg.norm(factors, axis=1, keepdims=True)
    factors = factors * np.minimum(1, 0.995 / length)
    return {
        "quantiles": np.quantile(weights, LEVELS, axis=0).T.round(3).tolist(),
        "factors": factors.round(3).tolist(),
    }


def _is_shape(name: str) -> bool:
    return name.casefold() in {known.casefold() for known in ARKIT_NAMES}


def main() -> None:
    parser = argparse.ArgumentParser(description="Statistics of recorded expressions.")
    parser.add_argument("takes", type=Path, nargs="+")
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    weights = np.concatenate([recorded_weights(path) for path in options.takes])
    table = {"source": options.source, "frames": len(weights), "names": list(ARKIT_NAMES)}
    text = json.dumps(table | statistics(weights))
    ASSET.write_text(text.replace("], [", "],\n["), encoding="utf-8")


if __name__ == "__main__":
    main()

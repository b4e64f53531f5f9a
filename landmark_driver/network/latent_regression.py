"""The best linear guess of one kind of latents from another: ridge regression against the error of what it reads."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def regression(
    source: Float[np.ndarray, "samples n"],
    target: Float[np.ndarray, "samples m"],
    error: Float[np.ndarray, "n n"],
) -> tuple[Float[np.ndarray, "m n"], Float[np.ndarray, "m"]]:
    """Return the linear map, and its constant, that guess targets from sources that are seen with an error.

    Args:
        source: (S, n) samples.
        target: (S, m) samples.
        error: (n, n) second moments of the error with which the source is seen.

    Returns:
        The map (m, n) and the constant (m,).
    """
    map_ = target.T @ regression_rows(source, error)
    return map_, target.mean(0) - map_ @ source.mean(0)


def regression_rows(
    source: Float[np.ndarray, "samples n"], error: Float[np.ndarray, "n n"]
) -> Float[np.ndarray, "samples n"]:
    """Return rows L of which targetᵀ L is the map from `source`, seen with this error, to any target.

        L = X (XᵀX / S + E + 1e-5 I)⁻¹ / S,   X = source less its mean

    Args:
        source: (S, n) samples.
        error: (n, n) E, second moments of the error with which the source is seen.

    Returns:
        (S, n), in units of one over the source's.
    """
    away = source - source.mean(0)
    return np.linalg.solve(regression_inward(source, error), away.T / len(away)).T


def regression_inward(
    source: Float[np.ndarray, "samples n"], error: Float[np.ndarray, "n n"]
) -> Float[np.ndarray, "n n"]:
    """Return the second moments of a source and of the error with which it is seen, as `regression_rows` inverts them.

    Args:
        source: (S, n) samples.
        error: (n, n) second moments of the error.

    Returns:
        (n, n) XᵀX / S + E + 1e-5 I.
    """
    away = source - source.mean(0)
    return away.T @ away / len(away) + error + 1e-5 * np.eye(len(error))

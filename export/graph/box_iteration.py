"""The bounded latent in a fixed number of matrix products, for graphs that cannot branch.

    minimise ½ (a - a₀)ᵀ P (a - a₀),   0 <= a <= 1          (`landmark_driver/network/bounded_latent.py`, in weights)

by Douglas-Rachford splitting in the metric R = r diag(P), relaxed by α (Eckstein and Bertsekas 1992):

    z = clip(s);   y = K (P a₀ + R (2 z - s)),  K = (P + R)⁻¹;   s ← s + α (y - z)

which is one product with constants, [I - αKR, 2αKR - αI] [s; z] + αKP a₀, and a clip. r is 0.85 times the geometric
mean of the extreme eigenvalues of the scaled P: on the default head 60 rounds then end within 0.0001 of the exact
weights, a tenth of what they leave with 1.2 or 0.5 times the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

ROUNDS = 60
_RELAXATION, _METRIC = 1.95, 0.85


@dataclass(frozen=True)
class BoxIteration:
    """s ← step [s; clip(s)] + start a₀, from s = clip(a₀); after all rounds the answer is clip(s)."""

    step: Float[np.ndarray, "n two_n"]
    start: Float[np.ndarray, "n n"]

    def __call__(self, wanted: Float[np.ndarray, "*batch n"], rounds: int = ROUNDS):
        """Return the bounded weights that the graph computes, in NumPy.

        Args:
            wanted: (..., N) a₀, weights before the bounds.
            rounds: number of iterations.

        Returns:
            (..., N) weights in 0..1.
        """
        constant, s = wanted @ self.start.T, np.clip(wanted, 0, 1)
        for _ in range(rounds):
            s = np.concatenate([s, np.clip(s, 0, 1)], -1) @ self.step.T + constant
        return np.clip(s, 0, 1)


def box_iteration(precision: Float[np.ndarray, "n n"]) -> BoxIteration:
    """Return the constants of the iteration for a precision matrix.

    Args:
        precision: (N, N) positive definite P; its scale does not matter.

    Returns:
        The matrices `step` (N, 2 N) and `start` (N, N).
    """
    diagonal, identity = np.diag(precision), np.eye(len(precision))
    spectrum = np.linalg.eigvalsh(precision / np.sqrt(np.outer(diagonal, diagonal)))
    metric = _METRIC * np.sqrt(spectrum[0] * spectrum[-1]) * diagonal
    inverse = np.linalg.inv(precision + np.diag(metric))
    back = _RELAXATION * inverse * metric
    step = np.concatenate([identity - back, 2 * back - _RELAXATION * identity], 1)
    return BoxIteration(step, _RELAXATION * inverse @ precision)

"""Least squares with lower and upper bounds for a small, fixed matrix and a new right side every frame."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_MAX_ROUNDS = 60


class BoundedLeastSquares:
    """minimise ½ xᵀ G x - hᵀ x  with  lower <= x <= upper, for a positive definite G.

    Block principal pivoting (Portugal, Judice, Vicente 1994): variables sit free or at a bound, and
    all that violate their optimality conditions change sides at once; if that does not lessen the
    violations, one at a time, which cannot cycle. The sides of the last frame are the first guess.
    """

    def __init__(
        self, gram: Float[np.ndarray, "n n"], lower: Float[np.ndarray, "n"], upper: Float[np.ndarray, "n"]
    ):
        self._gram, self._lower, self._upper = gram, lower, upper
        self._side = np.zeros(len(gram), int)  # -1 at the lower bound, 1 at the upper, 0 free

    def solve(self, linear: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        fewest, patience = len(linear) + 1, 3
        side = self._side
        x, change = self._step(side, linear)
        for _ in range(_MAX_ROUNDS):
            count = np.count_nonzero(change != side)
            if count == 0:
                break
            if count < fewest:
                fewest, patience, side = count, 3, change
            elif patience:
                patience, side = patience - 1, change
            else:
                last = np.flatnonzero(change != side)[-1]
                side = side.copy()
                side[last] = change[last]
            x, change = self._step(side, linear)
        self._side = side
        return np.clip(x, self._lower, self._upper)

    def _step(self, side, linear):
        """The solution with these sides, and the sides that its optimality conditions ask for."""
        x = np.where(side < 0, self._lower, self._upper)
        free = side == 0
        if free.any():
            rest = linear[free] - self._gram[np.ix_(free, ~free)] @ x[~free]
            x[free] = np.linalg.solve(self._gram[np.ix_(free, free)], rest)
        slope = self._gram @ x - linear
        wanted = side.copy()
        wanted[free & (x < self._lower)], wanted[free & (x > self._upper)] = -1, 1
        wanted[(side < 0) & (slope < 0) | (side > 0) & (slope > 0)] = 0
        return x, wanted

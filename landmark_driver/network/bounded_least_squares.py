"""Least squares with lower and upper bounds for a small, fixed matrix and a new right side every frame."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_MAX_ROUNDS = 40
_MAX_DESCENTS = 10
"""Limit of the variables freed for each variable there is; the descent needs one or two."""
_FLAT = 1e-12


class BoundedLeastSquares:
    """minimise ½ xᵀ G x - hᵀ x  with  lower <= x <= upper, for a positive definite G.

    Block principal pivoting (Portugal, Judice, Vicente 1994): variables sit free or at a bound, and
    all that violate their optimality conditions change sides at once; if that does not lessen the
    violations, one changes at a time. The sides of the last frame are the first guess. The few problems that
    keep changing sides are solved by descent (as in Stark and Parker's BVLS, 1995), which always ends.
    """

    def __init__(
        self, gram: Float[np.ndarray, "n n"], lower: Float[np.ndarray, "n"], upper: Float[np.ndarray, "n"]
    ):
        self._gram, self._lower, self._upper = gram, lower, upper
        self._side = np.zeros(len(gram), int)  # -1 at the lower bound, 1 at the upper, 0 free

    def solve(self, linear: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Return the minimum for a right side.

        Args:
            linear: (n,) h, in units of G times x.

        Returns:
            (n,) x within its bounds. The sides of this solution are kept for the next call.
        """
        fewest, patience = len(linear) + 1, 3
        side = self._side
        x, change = self._step(side, linear)
        for _ in range(_MAX_ROUNDS):
            count = np.count_nonzero(change != side)
            if count == 0:
                self._side = side
                return np.clip(x, self._lower, self._upper)
            if count < fewest:
                fewest, patience, side = count, 3, change
            elif patience:
                patience, side = patience - 1, change
            else:
                last = np.flatnonzero(change != side)[-1]
                side = side.copy()
                side[last] = change[last]
            x, change = self._step(side, linear)
        return self._descend(np.clip(x, self._lower, self._upper), linear)

    def _step(self, side, linear):
        """Return the solution with these sides, and the sides that its optimality conditions require."""
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

    def _descend(self, x, linear):
        """Return the minimum by descent from a point within the bounds: free the steepest, go until a bound stops."""
        free = (x > self._lower) & (x < self._upper)
        for _ in range(_MAX_DESCENTS * len(x)):
            x, free = self._settle(x, free, linear)
            slope = self._gram @ x - linear
            inwards = np.where(x <= self._lower, -slope, slope)
            inwards[free] = 0.0
            if inwards.max() <= _FLAT * np.abs(linear).max(initial=1.0):
                break
            free[inwards.argmax()] = True
        self._side = np.where(free, 0, np.where(x <= self._lower, -1, 1))
        return x

    def _settle(self, x, free, linear):
        """Return the minimum over the free variables; a variable that meets a bound on the way stays there."""
        while free.any():
            target = x.copy()
            rest = linear[free] - self._gram[np.ix_(free, ~free)] @ x[~free]
            target[free] = np.linalg.solve(self._gram[np.ix_(free, free)], rest)
            beyond = np.flatnonzero((target < self._lower) | (target > self._upper))
            if not len(beyond):
                return target, free
            wall = np.clip(target, self._lower, self._upper)
            fraction = ((wall - x)[beyond] / (target - x)[beyond]).clip(0, 1)
            first = beyond[fraction.argmin()]
            x = np.clip(x + fraction.min() * (target - x), self._lower, self._upper)
            x[first], free = wall[first], free & (np.arange(len(x)) != first)
        return x, free

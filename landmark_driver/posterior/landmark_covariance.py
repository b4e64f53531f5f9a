"""The covariance of what landmarks show beside the latent: residual motion, tremble, errors together and alone.

    S = α² K ⊗ I + diag(σ²) + A Aᵀ,   A = [N F]

K is the residual's kernel among landmarks (`residual_kernel.py`), N are the columns of a trembling head pose and F the errors
that landmarks make together. Without A the axes know nothing of each other, so the inverse is three blocks of L x L:

    W = (α² K ⊗ I + diag(σ²))⁻¹,   S⁻¹ = W - W A Q,   Q = (I + Aᵀ W A)⁻¹ Aᵀ W
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True)
class LandmarkCovariance:
    """S of one head, layout, noise, amplitude and tremble."""

    kernel: Float[np.ndarray, "landmarks landmarks"] | None
    """α² K, square metres; None for no residual."""
    std: Float[np.ndarray, "landmarks 3"]
    """σ, metres: each landmark's own error, and what the basis leaves out of it."""
    columns: Float[np.ndarray, "coordinates columns"]
    """A, metres, for amplitudes of unit variance."""

    def weigh(
        self, columns: Float[np.ndarray, "coordinates *some"]
    ) -> Float[np.ndarray, "coordinates *some"]:
        """Return W times columns.

        Args:
            columns: (3 L, …) metres.

        Returns:
            (3 L, …) one over metres.
        """
        if self.kernel is None:
            return (columns.T * self.std.ravel() ** -2.0).T
        by_axis = columns.reshape(len(self.std), 3, -1)
        weighed = np.stack([self._blocks[axis] @ by_axis[:, axis] for axis in range(3)], 1)
        return weighed.reshape(columns.shape)

    @property
    def log_determinant(self) -> float:
        """Of W."""
        if self.kernel is None:
            return float(-2 * np.log(self.std).sum())
        return float(sum(np.linalg.slogdet(block)[1] for block in self._blocks))

    @cached_property
    def to_columns(self) -> Float[np.ndarray, "columns coordinates"]:
        """Q: the likeliest amplitudes of the columns for each metre that the latent leaves."""
        weighed = self.weigh(self.columns)
        inner = self.columns.T @ weighed + np.eye(self.columns.shape[1])
        return np.linalg.solve(inner, weighed.T)

    def residual_gain(
        self, between: Float[np.ndarray, "moving landmarks"]
    ) -> Float[np.ndarray, "moving landmarks 3"]:
        """Return the residual motion of vertices for each metre of landmarks from which the columns' part is taken.

        Args:
            between: (N, L) α² times the kernel of vertices and landmarks, square metres.

        Returns:
            (N, L, 3) along x, y and z.
        """
        assert self.kernel is not None, "there is a residual"
        return np.stack([between @ block for block in self._blocks], 2)

    def of(self, seen: Bool[np.ndarray, "landmarks"]) -> LandmarkCovariance:
        """Return the covariance of some landmarks.

        Args:
            seen: (L,) True for the landmarks to keep.

        Returns:
            Their rows and columns of S.
        """
        kernel = None if self.kernel is None else self.kernel[np.ix_(seen, seen)]
        return LandmarkCovariance(kernel, self.std[seen], self.columns[np.repeat(seen, 3)])

    def complete(
        self, left: Float[np.ndarray, "coordinates"], seen: Bool[np.ndarray, "landmarks"]
    ) -> Float[np.ndarray, "coordinates"]:
        """Return what landmarks show, with the unseen ones where the others put them: that leaves the posterior as it is.

        Args:
            left: (3 L,) metres, what the latent leaves; unseen landmarks count for nothing.
            seen: (L,) True for landmarks that are seen.

        Returns:
            (3 L,) metres.
        """
        rows = np.repeat(seen, 3)
        known = self.of(seen)
        weighed = known.weigh(left[rows])
        weighed = weighed - known.weigh(known.columns @ (known.to_columns @ left[rows]))
        full = left.copy()
        full[~rows] = self.columns[~rows] @ (known.columns.T @ weighed)
        if self.kernel is not None:
            full[~rows] += (self.kernel[np.ix_(~seen, seen)] @ weighed.reshape(-1, 3)).ravel()
        return full

    @cached_property
    def _blocks(self) -> Float[np.ndarray, "3 landmarks landmarks"]:
        assert self.kernel is not None
        return np.linalg.inv(self.kernel + np.einsum("la,lm->alm", self.std**2, np.eye(len(self.std))))

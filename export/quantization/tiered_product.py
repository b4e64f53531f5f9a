"""A matrix product in few bytes, for inputs whose covariance is known.

    rows x = U (S Vᵀ L⁻¹ x),   U S Vᵀ = rows L,   L Lᵀ = covariance

Columns of U come in the order of how much they move. A few are stored finely, many coarsely: the error of a rounded
column is a fraction of the motion that it makes, so that columns with little motion can bear a coarse tier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear

from export.quantization.graph_constants import Constants

_RIDGE = 0.03
"""Variance added in every direction, as a fraction of the mean variance: inputs take every direction a little."""


@dataclass(frozen=True)
class Tiers:
    """How many columns are stored in which way. Columns that are left over are dropped."""

    twice: int = 0
    """Columns in half floats, and their remainder in half floats too."""
    half: int = 0
    """Columns in half floats."""
    byte: int = 0
    """Columns in 8 bits with one scale."""
    six: int = 0
    """Columns in 6 bits, in a palette of 64 values."""
    four: int = 0
    """Columns in 4 bits, in a palette of 16 values."""

    @property
    def columns(self) -> int:
        """Number of columns in all tiers."""
        return self.twice + self.half + self.byte + self.six + self.four


class TieredProduct(nn.Module):
    """A product whose columns below the half floats have a largest entry of one, so that one scale does for all."""

    def __init__(
        self, rows: Float[np.ndarray, "out inner"], covariance: Float[np.ndarray, "inner inner"], tiers: Tiers
    ):
        """Turn a matrix into directions by typical inputs, and sort these into tiers.

        Args:
            rows: (M, N) the matrix.
            covariance: (N, N) of the inputs.
            tiers: how many directions are stored in which way.
        """
        super().__init__()
        left, turn = _turned(rows, covariance)
        counts = (tiers.twice, tiers.half, tiers.byte, tiers.six, tiers.four)
        first, fine, byte, six, last = np.minimum(np.cumsum(counts), len(turn))
        largest = np.abs(left).max(0)
        largest[:fine] = 1.0
        left, turn = left / largest, turn * largest[:, None]
        left_out = left[:, :first] - left[:, :first].astype(np.float16)
        self.turn = Constants("half", rows=np.concatenate([turn[:first], turn[:last]]))
        self.fine = Constants("half", rows=np.concatenate([left_out, left[:, :fine]], 1))
        self.byte = Constants("even", rows=left[:, fine:byte])
        self.six = Constants("six", rows=left[:, byte:six])
        self.four = Constants("four", rows=left[:, six:last])

    def forward(self, inner: Tensor) -> Tensor:
        """Return the product.

        Args:
            inner: (B, N) inputs.

        Returns:
            (B, M), without the directions that are dropped.
        """
        parts = [part.rows for part in (self.fine, self.byte, self.six, self.four)]
        turned = linear(inner, self.turn.rows).split([part.shape[1] for part in parts], 1)
        products = [linear(one, part) for one, part in zip(turned, parts, strict=True) if part.shape[1]]
        return sum(products[1:], products[0])


def _turned(rows: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = len(covariance)
    root = np.linalg.cholesky(covariance + np.eye(size) * (_RIDGE * np.trace(covariance) / size))
    left, sizes, directions = np.linalg.svd(rows.astype(float) @ root, full_matrices=False)
    return left, np.linalg.solve(root.T, (sizes[:, None] * directions).T).T

"""Products of the trunk's output for a tissue, in few bytes.

A trunk may have a part for each region, which the bilinear factors of that region alone read: only those blocks are
stored. Film reads all of it, but outputs lie along far fewer directions than the trunk is wide.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear

from export.quantization.graph_constants import Constants
from export.quantization.tiered_product import TieredProduct, Tiers
from landmark_driver.tissue.tissue_parameters import REGIONS


class WholeProduct(Constants):
    """rows x."""

    def __init__(self, rows: Float[np.ndarray, "out inner"]):
        super().__init__(rows=rows)

    def forward(self, inner: Tensor) -> Tensor:
        """Return the product.

        Args:
            inner: (B, N) inputs.

        Returns:
            (B, M).
        """
        return linear(inner, self.rows)


class RegionProduct(Constants):
    """rows x for a matrix of one block for each region along its diagonal."""

    def __init__(self, blocks: Float[np.ndarray, "regions block_out block_inner"]):
        super().__init__("exact", blocks=blocks[None])

    def forward(self, inner: Tensor) -> Tensor:
        """Return the product.

        Args:
            inner: (B, N) inputs, entries of a region beside each other.

        Returns:
            (B, M), entries of a region beside each other.
        """
        regions, width = self.blocks.shape[1], self.blocks.shape[3]
        return (inner.reshape(-1, regions, 1, width) * self.blocks).sum(-1).reshape(len(inner), -1)


def film_product(
    rows: Float[np.ndarray, "out trunk"], answers: Float[np.ndarray, "trunk trunk"], tiers: Tiers | None
) -> nn.Module:
    """Return the product that gives film from the trunk, in the fewest bytes.

    Args:
        rows: (M, T) film's matrix.
        answers: (T, T) second moments of the trunk's outputs.
        tiers: how directions are stored; None for the whole matrix.

    Returns:
        A module from (B, T) to (B, M): by directions where these take fewer bytes than the whole matrix.
    """
    few = tiers is not None and 2 * tiers.columns < rows.shape[1]
    return TieredProduct(rows, answers, tiers) if tiers is not None and few else WholeProduct(rows)


def region_product(rows: Float[np.ndarray, "out trunk"]) -> nn.Module:
    """Return the product that gives the bilinear factors from the trunk.

    Args:
        rows: (M, T) the factors' matrix.

    Returns:
        A module from (B, T) to (B, M): by blocks where the matrix is made of one for each region, else whole.
    """
    count = len(REGIONS)
    if len(rows) % count or rows.shape[1] % count:
        return WholeProduct(rows)
    blocks = rows.reshape(count, len(rows) // count, count, -1)
    own = np.stack([blocks[region, :, region] for region in range(count)])
    return RegionProduct(own) if np.count_nonzero(own) == np.count_nonzero(rows) else WholeProduct(rows)

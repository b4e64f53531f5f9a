"""Latents to vertices as graphs: the whole basis, or one half of it mirrored and stored in few bytes.

Vertices are put in order by `embedding`, and vertices that stay are joined to them: TFLite takes 1.6 times as long to
select rows, and 0.07 ms, a third of a frame, to pad.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import embedding, linear

from capture.frames.landmark_frame import ARKIT_COUNT
from export.quantization.graph_constants import Constants
from export.quantization.tiered_product import TieredProduct, Tiers
from landmark_driver.network.mirrored_basis import MirroredBasis

_MM_PER_M = 1000


class WholeBasis(Constants):
    """neutral + z basis, of which only coordinates that something moves are computed."""

    def __init__(
        self, basis: Float[np.ndarray, "latent coordinates"], neutral: Float[np.ndarray, "vertices 3"]
    ):
        """Take the basis (Z, C) in metres, and the neutral vertices (V, 3) in metres; the first C coordinates move."""
        moving, still = np.split(neutral.reshape(1, -1), [basis.shape[1]], 1)
        super().__init__("exact", rows=basis.T, moving=moving, still=still)

    def forward(self, latent: Tensor) -> Tensor:
        """Return the vertices of a latent.

        Args:
            latent: (1, Z) difference from the latent at rest.

        Returns:
            (V, 3) metres, head frame.
        """
        moved = self.moving + linear(latent, self.rows)
        return torch.cat([moved, self.still], 1).reshape(-1, 3)


class MirroredDecoder(nn.Module):
    """`mirrored_basis.py` as a graph. Moves in millimetres: metres would leave the range of half floats.

    `typical` are latents that the head takes; by them `tiered_product.py` turns both halves where tiers are given.
    """

    alike: Tensor
    opposite: Tensor
    order: Tensor
    one_side: Tensor
    other_side: Tensor

    def __init__(
        self,
        basis: MirroredBasis,
        neutral: Float[np.ndarray, "vertices 3"],
        typical: Float[np.ndarray, "some latent"],
        even: Tiers | None = None,
        odd: Tiers | None = None,
    ):
        """Make the graph of a mirrored basis.

        Args:
            basis: both halves, metres for latents of one.
            neutral: (V, 3) metres, head frame; vertices that move come first.
            typical: (N, Z) differences from the latent at rest.
            even: how the half that is alike on both sides is stored; None for a plain product.
            odd: how the half that is opposite is stored; None for a plain product.
        """
        super().__init__()
        alike, opposite = basis.halves(typical)
        self.even, self.odd = _product(basis.even, alike, even), _product(basis.odd, opposite, odd)
        self.own = Constants("coarse", rows=_MM_PER_M * basis.correction.T)
        self.inward = Constants("exact", own=basis.to_correction.T)
        across = np.array([[-1.0], [1.0], [1.0]])
        moving, still = np.split(neutral, [len(basis.order)])
        self.rest = Constants("exact", moving=moving, still=still, across=across)
        places = {"alike": basis.alike, "opposite": basis.opposite, "order": basis.order}
        places |= {"one_side": basis.pairs[:, 0], "other_side": basis.pairs[:, 1]}
        for name, array in places.items():
            self.register_buffer(name, torch.from_numpy(array.astype(np.int32)))
        self.left, self.middle, self.first = basis.left, basis.middle, basis.first

    def forward(self, latent: Tensor) -> Tensor:
        """Return the vertices of a latent.

        Args:
            latent: (1, Z) difference from the latent at rest.

        Returns:
            (V, 3) metres, head frame.
        """
        left, middle = self.left, self.middle
        s, t = self._halves(latent)
        even, even_middle = self.even(s).split([3 * left, 2 * middle], 1)
        odd, odd_middle = self.odd(t).split([3 * left, middle], 1)
        one, other = (even + odd).reshape(3, -1), (even - odd).reshape(3, -1) * self.rest.across
        between = torch.cat([odd_middle, even_middle], 1).reshape(3, -1)
        moved = self._corrected(torch.cat([one, other, between], 1), latent[:, :ARKIT_COUNT])
        moved = embedding(self.order, moved.transpose(0, 1)) / _MM_PER_M
        return torch.cat([self.rest.moving + moved, self.rest.still])

    def _halves(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        column = latent.reshape(-1, 1)
        one, other = (embedding(side, column).reshape(1, -1) for side in (self.one_side, self.other_side))
        alike, opposite = (embedding(side, column).reshape(1, -1) for side in (self.alike, self.opposite))
        return torch.cat([alike, one + other], 1), torch.cat([opposite, one - other], 1)

    def _corrected(self, moved: Tensor, shapes: Tensor) -> Tensor:
        if not len(self.own.rows):
            return moved
        more = linear(linear(shapes, self.inward.own), self.own.rows).reshape(3, -1)
        last = self.first + more.shape[1]
        return torch.cat([moved[:, : self.first], moved[:, self.first : last] + more, moved[:, last:]], 1)


class _Product(Constants):
    """A plain matrix product."""

    def __init__(self, rows: Float[np.ndarray, "out inner"]):
        super().__init__("exact", rows=rows)

    def forward(self, inner: Tensor) -> Tensor:
        return linear(inner, self.rows)


def _product(
    basis: Float[np.ndarray, "inner out"], inputs: Float[np.ndarray, "some inner"], tiers: Tiers | None
) -> nn.Module:
    rows = _MM_PER_M * basis.T
    return _Product(rows) if tiers is None else TieredProduct(rows, inputs.T @ inputs / len(inputs), tiers)

"""Latents to vertices as graphs: the whole basis, or one half of it mirrored and stored in few bytes."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from capture.landmark_frame import ARKIT_COUNT
from export.graph_constants import Constants
from export.mirrored_decoder import MirroredBasis
from export.tiered_product import TieredProduct, Tiers

_MM_PER_M = 1000


class WholeDecoder(Constants):
    """neutral + z basis, of which only coordinates that something moves are computed."""

    def __init__(
        self, basis: Float[np.ndarray, "latent coordinates"], neutral: Float[np.ndarray, "vertices 3"]
    ):
        moving = int(np.flatnonzero(basis.any(0))[-1]) + 1
        super().__init__("exact", rows=basis[:, :moving].T, neutral=neutral.reshape(1, -1))

    def forward(self, latent: Tensor) -> Tensor:
        moved = linear(latent, self.rows)
        return (self.neutral + pad(moved, (0, self.neutral.shape[1] - moved.shape[1]))).reshape(-1, 3)


class MirroredDecoder(nn.Module):
    """`mirrored_decoder.py` as a graph. Moves in millimetres: metres would leave the range of half floats.

    `usual` are latents that the head takes, by which `tiered_product.py` turns both halves.
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
        usual: Float[np.ndarray, "some latent"],
        even: Tiers,
        odd: Tiers,
    ):
        super().__init__()
        alike, opposite = basis.halves(usual)
        self.even = TieredProduct(_MM_PER_M * basis.even, alike.T @ alike / len(usual), even)
        self.odd = TieredProduct(_MM_PER_M * basis.odd, opposite.T @ opposite / len(usual), odd)
        self.own = Constants("even", rows=_MM_PER_M * basis.correction)
        self.inward = Constants("exact", own=basis.to_correction)
        self.rest = Constants("exact", neutral=neutral)
        places = {"alike": basis.alike, "opposite": basis.opposite, "order": basis.order}
        places |= {"one_side": basis.pairs[:, 0], "other_side": basis.pairs[:, 1]}
        for name, array in places.items():
            self.register_buffer(name, torch.from_numpy(array.astype(np.int32)))
        self.left, self.middle, self.first = basis.left, basis.middle, basis.first

    def forward(self, latent: Tensor) -> Tensor:
        left, middle = self.left, self.middle
        even, odd = self._halves(latent)
        even_x, even_y, middle_y, even_z, middle_z = self.even(even).split(
            [left, left, middle, left, middle], 1
        )
        odd_x, middle_x, odd_y, odd_z = self.odd(odd).split([left, middle, left, left], 1)
        x = torch.cat([odd_x + even_x, odd_x - even_x, middle_x], 1)
        y = torch.cat([even_y + odd_y, even_y - odd_y, middle_y], 1)
        z = torch.cat([even_z + odd_z, even_z - odd_z, middle_z], 1)
        moved = self._corrected(torch.cat([x, y, z], 0).transpose(0, 1), latent[:, :ARKIT_COUNT])
        moved = torch.index_select(moved, 0, self.order) / _MM_PER_M
        return self.rest.neutral + pad(moved, (0, 0, 0, len(self.rest.neutral) - len(moved)))

    def _halves(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        one, other = (torch.index_select(latent, 1, side) for side in (self.one_side, self.other_side))
        alike, opposite = (torch.index_select(latent, 1, side) for side in (self.alike, self.opposite))
        return torch.cat([alike, one + other], 1), torch.cat([opposite, one - other], 1)

    def _corrected(self, moved: Tensor, shapes: Tensor) -> Tensor:
        if not len(self.own.rows):
            return moved
        more = linear(linear(shapes, self.inward.own), self.own.rows).reshape(-1, 3)
        last = self.first + len(more)
        return torch.cat([moved[: self.first], moved[self.first : last] + more, moved[last:]], 0)

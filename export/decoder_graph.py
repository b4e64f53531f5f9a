"""Latents to vertices as graphs: the whole basis, or one half of it mirrored and stored in few bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from capture.landmark_frame import ARKIT_COUNT
from export.graph_constants import Constants
from export.mirrored_decoder import MirroredBasis

_MM_PER_M = 1000


@dataclass(frozen=True)
class Split:
    """How a matrix is prepared for coarse storing; at most one of the two is used."""

    repeated: int = 0
    """Columns that are stored twice, in half floats and what these leave: those that move furthest."""
    strong: int = 0
    """Directions of the even part that stay half floats while all weaker ones are stored in 8 bits."""
    strong_odd: int = 0
    """And of the odd part."""


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


class RepeatedProduct(nn.Module):
    """A matrix in half floats, beside it what these leave of the columns that move furthest."""

    def __init__(self, rows: Float[np.ndarray, "rows inner"], repeated: int):
        super().__init__()
        furthest = np.argsort(-np.abs(rows).max(0))[:repeated]
        left_out = rows[:, furthest] - rows[:, furthest].astype(np.float16)
        self.matrix = Constants("half", rows=np.concatenate([rows, left_out], 1))
        self.register_buffer("furthest", torch.from_numpy(furthest.astype(np.int32)))

    def forward(self, inner: Tensor) -> Tensor:
        again = torch.index_select(inner, 1, self.furthest)
        return linear(torch.cat([inner, again], 1), self.matrix.rows)


class SplitProduct(nn.Module):
    """A matrix turned so that few strong directions stand apart from many weak ones.

    Every weak column is scaled to a largest entry of one: in 8 bits each is then off by 1/254 of itself, which is
    little, because weak ones are small.
    """

    def __init__(self, rows: Float[np.ndarray, "rows inner"], strong: int):
        super().__init__()
        left, sizes, directions = np.linalg.svd(rows, full_matrices=False)
        largest = np.abs(left).max(0)
        largest[:strong] = 1.0
        self.turn = Constants("half", rows=(sizes * largest)[:, None] * directions)
        self.strong = Constants("half", rows=left[:, :strong])
        self.weak = Constants("even", rows=left[:, strong:] / largest[strong:])

    def forward(self, inner: Tensor) -> Tensor:
        inner, count = linear(inner, self.turn.rows), self.strong.rows.shape[1]
        return linear(inner[:, :count], self.strong.rows) + linear(inner[:, count:], self.weak.rows)


class MirroredDecoder(nn.Module):
    """`mirrored_decoder.py` as a graph. Moves in millimetres: metres would leave the range of half floats."""

    def __init__(self, basis: MirroredBasis, neutral: Float[np.ndarray, "vertices 3"], split: Split):
        super().__init__()
        self.even = _product(_MM_PER_M * basis.even, split.strong, split.repeated)
        self.odd = _product(_MM_PER_M * basis.odd, split.strong_odd, split.repeated)
        self.own = Constants(rows=_MM_PER_M * basis.correction, inward=basis.to_correction)
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
        more = linear(linear(shapes, self.own.inward), self.own.rows).reshape(-1, 3)
        last = self.first + len(more)
        return torch.cat([moved[: self.first], moved[self.first : last] + more, moved[last:]], 0)


def _product(rows: Float[np.ndarray, "rows inner"], strong: int, repeated: int) -> nn.Module:
    return SplitProduct(rows, strong) if strong else RepeatedProduct(rows, repeated)

"""Which vertices count: errors are means over those that move, losses count the others a little."""

from __future__ import annotations

from torch import Tensor, where

MOVES_MM = 0.5
_STILL_FRACTION = 0.1


def loss_fractions(moved_mm: Tensor) -> Tensor:
    """What a vertex counts in a loss, from how far it truly moves."""
    return where(moved_mm > MOVES_MM, 1.0, _STILL_FRACTION)

"""The weights of vertices: errors are means over moving vertices, losses count the others a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

MOVES_MM = 0.5
_STILL_FRACTION = 0.1


def loss_fractions(moved_mm: Tensor) -> Tensor:
    """Return the loss weight of each vertex from its true displacement.

    Args:
        moved_mm: lengths of the true displacements in millimetres, of any shape.

    Returns:
        1 above `MOVES_MM`, else 0.1, of the same shape.
    """
    from torch import where  # the closed loop needs the threshold, and no PyTorch

    return where(moved_mm > MOVES_MM, 1.0, _STILL_FRACTION)

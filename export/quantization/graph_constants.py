"""Constants of an exported graph, each with how coarsely it may be stored."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

Held = Literal["exact", "half", "coarse", "even", "six", "four"]
"""exact: always float32; half: no coarser than half floats; coarse: as the precision says, down to 8 bits with a
scale for each row; even: 8 bits with one scale for all, for matrices whose columns are of one size; six, four: places
in a palette of 64 or 16 values, for such matrices too."""


class Constants(nn.Module):
    """A module of float32 buffers by name. Where the covariance of their inputs is known, it guides the rounding to 8 bits."""

    def __init__(self, held: Held = "coarse", inputs: np.ndarray | None = None, **arrays: np.ndarray):
        """Register arrays as buffers.

        Args:
            held: how coarsely they may be stored.
            inputs: (N, N) covariance of the vectors that the arrays multiply; None where it is not known.
            **arrays: any shape, stored as float32.
        """
        super().__init__()
        self.held, self.inputs = held, inputs
        for name, array in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array, np.float32)))

    def __getattr__(self, name: str) -> Tensor:
        return cast(Tensor, super().__getattr__(name))

"""A function whose outputs are a tuple, for converters that have no names for outputs."""

from __future__ import annotations

from torch import Tensor, nn

from export.graph.exported_graph import Function


class PlainFunction(nn.Module):
    """A function's module with its outputs in the order of the function's names."""

    def __init__(self, function: Function):
        super().__init__()
        self.module, self.names = function.module, tuple(function.outputs)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs in order, for inputs in the order of the function's.

        Returns:
            One tensor for each of `names`, float32.
        """
        named = self.module(*inputs)
        return tuple(named[name] for name in self.names)

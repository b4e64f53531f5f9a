"""A function whose outputs are a tuple, for converters that know no names."""

from __future__ import annotations

from torch import Tensor, nn

from export.graph.exported_graph import Function


class PlainFunction(nn.Module):
    """Outputs in the order that the function names them."""

    def __init__(self, function: Function):
        super().__init__()
        self.module, self.names = function.module, tuple(function.outputs)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        named = self.module(*inputs)
        return tuple(named[name] for name in self.names)

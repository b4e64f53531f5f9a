"""The per-frame network in PyTorch, eager or compiled. Imports PyTorch, which only training installs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from firmware_bench.measure.folded_network import FoldedNetwork
from landmark_driver.network.latent_decoder import WholeDecoder


class TorchNetwork(nn.Module):
    """The matrices as buffers; one frame, no batch."""

    def __init__(self, network: FoldedNetwork):
        super().__init__()
        decoder = network.whole().decoder
        assert isinstance(decoder, WholeDecoder)
        self._layers = len(network.hidden)
        named = {
            "gain": network.gain,
            "offset": network.offset,
            "out": network.out,
            "out_bias": network.out_bias,
            "decoder": decoder.basis,
            "decoder_offset": network.decoder_offset,
        }
        for number, (weight, bias) in enumerate(network.hidden):
            named |= {f"weight_{number}": weight, f"bias_{number}": bias}
        for name, array in named.items():
            self.register_buffer(name, torch.tensor(array))

    def forward(self, displacements: Tensor) -> Tensor:
        z0 = self.get_buffer("gain") @ displacements + self.get_buffer("offset")
        h = z0
        for number in range(self._layers):
            weight, bias = self.get_buffer(f"weight_{number}"), self.get_buffer(f"bias_{number}")
            h = nn.functional.silu(weight @ h + bias)
        z = z0 + self.get_buffer("out") @ h + self.get_buffer("out_bias")
        return z @ self.get_buffer("decoder") + self.get_buffer("decoder_offset")


def torch_call(
    network: FoldedNetwork, compiled: bool = False
) -> Callable[[Float[np.ndarray, "landmarks"]], Float[np.ndarray, "moving"]]:
    """NumPy in, NumPy out, as a caller of the live path would use it. Compiling happens at the first call."""
    module = TorchNetwork(network).eval()
    run = torch.compile(module, dynamic=False) if compiled else module

    @torch.inference_mode()
    def call(displacements: Float[np.ndarray, "landmarks"]) -> Float[np.ndarray, "moving"]:
        return run(torch.from_numpy(displacements)).numpy()

    return call

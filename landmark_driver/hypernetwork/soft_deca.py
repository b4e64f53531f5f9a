"""SoftDECA: ARKit weights, a head and its tissue to the latent of the deformed head (PyTorch).

The latent begins with the weights of the head's own blendshapes, which need not be learned: what the network
tells is how tissue differs from them. In usual tissue that is hardly anything and the same for all heads:
whatever depends on the head is multiplied by what its tissue changes in the trunk.

The published text names the network's inputs and that a hypernetwork makes the per-frame part; its layers
are ours (see `latent_networks.py` for the formulas, which this file follows name by name).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from capture.arkit import ARKIT_NAMES
from landmark_driver.latent_networks import WEIGHT_UNIT
from landmark_driver.tissue_setting import FEATURE_SIZE

WIDTH, TRUNK, RANK = 256, 128, 64


class SoftDECA(nn.Module):
    """The forward network. Its trunk and FiLM are the hypernetwork, the rest runs every frame."""

    def __init__(self, condition: int, latents: int):
        super().__init__()
        shapes = len(ARKIT_NAMES)
        self.trunk = nn.Linear(condition, TRUNK)
        self.film = nn.Linear(TRUNK, 2 * 2 * WIDTH, bias=False)
        self.hidden = nn.ModuleList([nn.Linear(shapes, WIDTH), nn.Linear(WIDTH, WIDTH)])
        self.out = nn.Linear(WIDTH, latents, bias=False)
        self.linear = nn.Linear(shapes, latents, bias=False)
        self.shapes = nn.Linear(shapes, RANK, bias=False)
        self.bilinear = nn.Linear(TRUNK, RANK, bias=False)
        self.mix = nn.Linear(RANK, latents, bias=False)
        self.rest = nn.Linear(FEATURE_SIZE + TRUNK, latents, bias=False)
        nn.init.zeros_(self.film.weight)

    def forward(self, weights: Tensor, condition: Tensor) -> Tensor:
        """Latents (batch, 52 + K) of expressions (batch, 52) under conditions (batch, C)."""
        return torch.cat([weights / WEIGHT_UNIT, self.difference(weights, condition)], -1)

    def difference(self, weights: Tensor, condition: Tensor) -> Tensor:
        """The K latents of what tissue does beyond the head's blendshapes."""
        tissue = condition[:, -FEATURE_SIZE:]
        usual = torch.cat([condition[:, :-FEATURE_SIZE], torch.zeros_like(tissue)], -1)
        trunk = silu(self.trunk(condition)) - silu(self.trunk(usual))
        h = modulated(self.hidden, self.film(trunk), weights)
        bilinear = self.mix(self.shapes(weights) * self.bilinear(trunk))
        return self.linear(weights) + self.out(h) + bilinear + self.rest(torch.cat([tissue, trunk], -1))


def modulated(hidden: nn.ModuleList, film: Tensor, x: Tensor) -> Tensor:
    """Hidden layers whose results FiLM scales and shifts before the nonlinearity."""
    scales_and_shifts = film.unflatten(-1, (len(hidden), 2, -1))
    for number, layer in enumerate(hidden):
        gamma, beta = scales_and_shifts[..., number, 0, :], scales_and_shifts[..., number, 1, :]
        x = silu((1 + gamma) * layer(x) + beta)
    return x


def arrays_of(module: nn.Module, prefix: str) -> dict:
    """The module's parameters as NumPy arrays for a weights file."""
    return {f"{prefix}.{name}": p.detach().cpu().numpy().copy() for name, p in module.state_dict().items()}


def load_arrays(module: nn.Module, arrays: dict) -> None:
    module.load_state_dict({name: torch.as_tensor(array) for name, array in arrays.items()})

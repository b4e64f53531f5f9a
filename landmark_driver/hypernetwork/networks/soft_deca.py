"""SoftDECA: ARKit weights, a head and its tissue to the latent of the deformed head (PyTorch).

The latent begins with the weights of the head's own blendshapes, which need not be learned: the network
gives the difference that tissue makes. In default tissue the difference is small and the same for all heads:
every part that depends on the head is multiplied by the change of the trunk under its tissue.

The published text names the network's inputs and that a hypernetwork makes the per-frame part; its layers
are ours (see `film_network.py` for the formulas, which this file follows name by name).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.hypernetwork.networks.local_tissue import LocalTissue
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.tissue.tissue_setting import FEATURE_SIZE

WIDTH, TRUNK, RANK = 256, 16, 8
"""Widths of the hidden layers, and for each region of the trunk and of the bilinear form."""


class SoftDECA(nn.Module):
    """The forward network. Its trunk and FiLM are the hypernetwork, the rest runs every frame.

    Each region has its part of the trunk, of the bilinear form and of the components (`local_tissue.py`), through
    which all effects of its tissue go; only FiLM takes the whole trunk.
    """

    def __init__(self, condition: int, local: LocalTissue):
        super().__init__()
        shapes, regions = len(ARKIT_NAMES), len(local.hearing)
        latents, own = local.components.shape[1], local.components.shape[1] // regions
        self.trunk = nn.Linear(condition, regions * TRUNK)
        self.film = nn.Linear(regions * TRUNK, 2 * 2 * WIDTH, bias=False)
        self.hidden = nn.ModuleList([nn.Linear(shapes, WIDTH), nn.Linear(WIDTH, WIDTH)])
        self.out = nn.Linear(WIDTH, latents, bias=False)
        self.linear = nn.Linear(shapes, latents, bias=False)
        self.shapes = nn.Linear(shapes, regions * RANK, bias=False)
        self.bilinear = nn.Linear(regions * TRUNK, regions * RANK, bias=False)
        self.mix = nn.Linear(regions * RANK, latents, bias=False)
        self.rest = nn.Linear(FEATURE_SIZE + regions * TRUNK, latents, bias=False)
        nn.init.zeros_(self.film.weight)
        self._components = torch.as_tensor(local.components)
        hearing = torch.as_tensor(local.hearing)
        tissue = hearing[:, -FEATURE_SIZE:].repeat_interleave(own, 0)
        self._fraction = {
            "trunk": hearing.repeat_interleave(TRUNK, 0),
            "bilinear": _blocks(regions, RANK, TRUNK),
            "mix": _blocks(regions, own, RANK),
            "rest": torch.cat([tissue, _blocks(regions, own, TRUNK)], 1),
        }

    def forward(self, weights: Tensor, condition: Tensor) -> Tensor:
        """Return the latents of expressions under conditions.

        Args:
            weights: (batch, 52) ARKit weights in 0..1.
            condition: (batch, C) identity code and tissue features.

        Returns:
            (batch, 52 + K) latents: ARKit weights over `WEIGHT_UNIT`, then the difference.
        """
        return torch.cat([weights / WEIGHT_UNIT, self.difference(weights, condition)], -1)

    def difference(self, weights: Tensor, condition: Tensor) -> Tensor:
        """Return the latents of the difference that tissue makes to the head's blendshapes.

        Args:
            weights: (batch, 52) ARKit weights in 0..1.
            condition: (batch, C) identity code and tissue features.

        Returns:
            (batch, K) latents.
        """
        tissue = condition[:, -FEATURE_SIZE:]
        default = torch.cat([condition[:, :-FEATURE_SIZE], torch.zeros_like(tissue)], -1)
        trunk = silu(self._trunk(condition)) - silu(self._trunk(default))
        h = modulated(self.hidden, self.film(trunk), weights)
        bilinear = linear(self.shapes(weights) * linear(trunk, self._local("bilinear")), self._local("mix"))
        rest = linear(torch.cat([tissue, trunk], -1), self._local("rest"))
        return (self.linear(weights) + self.out(h) + bilinear + rest) @ self._components.T

    def arrays(self, prefix: str) -> dict:
        """Return plain matrices of the names in `film_network.py`, regions multiplied out, for a file of network weights.

        Args:
            prefix: the first part of every name.

        Returns:
            NumPy arrays by name.
        """
        arrays = arrays_of(self, prefix)
        for name in self._fraction:
            arrays[f"{prefix}.{name}.weight"] = self._local(name).detach().numpy()
        for name in ("out", "linear", "mix", "rest"):
            own = arrays[f"{prefix}.{name}.weight"]
            arrays[f"{prefix}.{name}.weight"] = self._components.numpy() @ own
        return arrays

    def _trunk(self, condition: Tensor) -> Tensor:
        return linear(condition, self._local("trunk"), self.trunk.bias)

    def _local(self, name: str) -> Tensor:
        """Return a matrix of network weights, masked by the ties between regions."""
        return self.get_parameter(f"{name}.weight") * self._fraction[name]


def _blocks(regions: int, rows: int, columns: int) -> Tensor:
    """Return ones where a row and a column belong to the same region."""
    return torch.eye(regions).repeat_interleave(rows, 0).repeat_interleave(columns, 1)


def modulated(hidden: nn.ModuleList, film: Tensor, x: Tensor) -> Tensor:
    """Return the result of hidden layers that FiLM scales and shifts before the nonlinearity.

    Args:
        hidden: n layers of one width.
        film: (..., n * 2 * width) scale (less one) and shift of each layer, one layer after the other.
        x: (..., inputs) of the first layer.

    Returns:
        (..., width) activations of the last layer.
    """
    scales_and_shifts = film.unflatten(-1, (len(hidden), 2, -1))
    for number, layer in enumerate(hidden):
        gamma, beta = scales_and_shifts[..., number, 0, :], scales_and_shifts[..., number, 1, :]
        x = silu((1 + gamma) * layer(x) + beta)
    return x


def arrays_of(module: nn.Module, prefix: str) -> dict:
    """Return the module's parameters as NumPy arrays for a file.

    Args:
        module: the module.
        prefix: the first part of every name.

    Returns:
        Arrays by `prefix.name`.
    """
    return {f"{prefix}.{name}": p.detach().cpu().numpy().copy() for name, p in module.state_dict().items()}


def load_arrays(module: nn.Module, arrays: dict) -> None:
    """Copy arrays into the module's parameters.

    Args:
        module: the module, changed in place.
        arrays: NumPy arrays by the parameters' names, without a prefix.
    """
    module.load_state_dict({name: torch.as_tensor(array) for name, array in arrays.items()})

"""SparseSoftDECA: landmark displacements to the latent of the deformed head, for any layout (PyTorch).

The hypernetwork is mostly closed form. SoftDECA, run over canonical expressions of this head and tissue,
gives the prior; the layout and its noise give the posterior (`landmark_posterior.py` has the formulas, here
batched). A small corrector, which begins as zero, adds the part that no linear posterior can express.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from landmark_driver.hypernetwork.networks.soft_deca import WIDTH, modulated

_TRUNK = 128


@dataclass(frozen=True)
class LayoutBatch:
    """One head, tissue and layout for each group of frames."""

    rows: Tensor
    """(groups, 3L, K) displacements of the landmarks for a latent of one, metres, head frame."""
    nuisance: Tensor
    """(groups, 3L, 7) rigid motion and scale, times their deviations."""
    precision: Tensor
    """(groups, 3L) one over the variance in square metres; zero where a landmark is dropped."""
    noise_std_m: Tensor
    """(groups,) typical standard deviation of the landmarks' noise per axis, metres."""
    condition: Tensor
    """(groups, C) identity code and tissue features."""


class SparseSoftDECA(nn.Module):
    """The closed-form posterior and its corrector."""

    def __init__(self, condition: int, latents: int):
        super().__init__()
        self.trunk = nn.Linear(condition + 1 + latents, _TRUNK)
        self.film = nn.Linear(_TRUNK, 3 * 2 * WIDTH)
        sizes = [latents, WIDTH, WIDTH, WIDTH]
        self.hidden = nn.ModuleList([nn.Linear(a, b) for a, b in pairwise(sizes)])
        self.out = nn.Linear(WIDTH, latents)
        for layer in (self.film, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, displacements: Tensor, layout: LayoutBatch, prior_mean: Tensor, prior_precision: Tensor
    ) -> Tensor:
        """Return the latents of landmark displacements.

        Args:
            displacements: (groups, frames, 3 L) metres, head frame.
            layout: the head, tissue and layout of each group.
            prior_mean: (groups, K) latents.
            prior_precision: (groups, K, K) inverse covariance of the latents.

        Returns:
            (groups, frames, K) latents.
        """
        z0, deviation = posterior(displacements, layout, prior_mean, prior_precision)
        return z0 + self.correction(z0, deviation, layout)

    def correction(self, z0: Tensor, deviation: Tensor, layout: LayoutBatch) -> Tensor:
        """Return the corrector's part of the latents.

        Args:
            z0: (groups, frames, K) posterior means.
            deviation: (groups, K) posterior deviations.
            layout: the head, tissue and layout of each group.

        Returns:
            (groups, frames, K) latents to be added, in proportion to the deviations.
        """
        noise = torch.log10(layout.noise_std_m.clamp(min=1e-5) / 1e-3)[:, None]
        unknown = torch.log10(deviation.clamp(min=1e-4)) + 1
        trunk = silu(self.trunk(torch.cat([layout.condition, noise, unknown], 1)))
        h = modulated(self.hidden, self.film(trunk)[:, None], z0)
        return deviation[:, None] * self.out(h)


def posterior(
    displacements: Tensor, layout: LayoutBatch, prior_mean: Tensor, prior_precision: Tensor
) -> tuple[Tensor, Tensor]:
    """Return posterior means and deviations of the latents.

    Args:
        displacements: (groups, frames, 3 L) metres, head frame.
        layout: the head, tissue and layout of each group.
        prior_mean: (groups, K) latents.
        prior_precision: (groups, K, K) inverse covariance of the latents.

    Returns:
        (groups, frames, K) means and (groups, K) deviations.
    """
    latents = layout.rows.shape[-1]
    columns = torch.cat([layout.rows, layout.nuisance], -1)
    weighted = columns * layout.precision[..., None]
    information = columns.transpose(1, 2) @ weighted
    information[:, :latents, :latents] += prior_precision
    information[:, range(latents, latents + 7), range(latents, latents + 7)] += 1.0
    factor = torch.linalg.cholesky(information.double())
    residual = displacements - (layout.rows @ prior_mean[..., None]).squeeze(-1)[:, None]
    right = (residual @ weighted).transpose(1, 2)
    step = torch.cholesky_solve(right.double(), factor).transpose(1, 2)[..., :latents]
    covariance = torch.cholesky_inverse(factor)
    deviation = covariance.diagonal(dim1=1, dim2=2)[:, :latents].sqrt()
    return prior_mean[:, None] + step.float(), deviation.float()

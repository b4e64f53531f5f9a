"""The stage residual as graphs: the motion beside the latent, and how much of it a material's tissue makes.

    r = d - C (z - z₀),   r ← r - A Q r,   v_i ← v_i + Σ_k g_ik f_k r_k        (`landmark_driver/network/residual_stage.py`)

f are the fractions of `CharacterNetwork.followed`. They compare a material's change Δ of the canonical expressions with these
expressions X. XᵀΔ follows from the material's map M, which is the regression of Δ from X:

    f own = own + Σ_axes (C P) ∘ C,   P = XᵀΔ = S (XᵀX / S + E) Mᵀ              (`regression_rows`)
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, linear, pad

from capture.frames.landmark_frame import ARKIT_COUNT
from export.graph.frame_network import TissueResponse
from export.quantization.graph_constants import Constants
from landmark_driver.network.residual_stage import Residual

_LEAST_OWN = 1e-12


class ResidualMotion(nn.Module):
    """The motion of vertices for landmarks and a latent."""

    near: Tensor
    place: Tensor

    def __init__(self, residual: Residual, vertices: int, moments: np.ndarray):
        """Copy the constants of the stage, in the default material.

        Args:
            residual: of the head.
            vertices: V, of which the process moves some.
            moments: (Z, Z) second moments of latents, by which the rounding of the rows is guided.
        """
        super().__init__()
        moving, near = residual.near.shape
        self.rows = Constants("half", inputs=moments, rows=residual.rows)
        self.beside = Constants("exact", columns=residual.nuisance, inward=residual.to_nuisance)
        self.gain = Constants(gain=residual.gain.reshape(moving, 3 * near))
        self.still = Constants("exact", motion=np.zeros((1, 3)))
        place = np.full(vertices, moving)
        place[residual.vertices] = np.arange(moving)
        self.register_buffer("near", torch.from_numpy(residual.near.ravel().astype(np.int32)))
        self.register_buffer("place", torch.from_numpy(place.astype(np.int32)))

    def forward(self, displacements: Tensor, away: Tensor, followed: Tensor) -> Tensor:
        """Return the motion beside the latent.

        Args:
            displacements: (1, 3 L) metres, head frame.
            away: (1, Z) bounded latent less the latent at rest.
            followed: (L,) from `Followed`.

        Returns:
            (V, 3) metres, head frame.
        """
        left = displacements - linear(away, self.rows.rows)
        left = left - linear(linear(left, self.beside.inward), self.beside.columns)
        left = left.reshape(-1, 3) * (1 + followed.reshape(-1, 1))
        gain = self.gain.gain
        motions = (embedding(self.near, left).reshape(gain.shape) * gain).reshape(len(gain), -1, 3)
        return embedding(self.place, torch.cat([motions.sum(1), self.still.motion]))


class Followed(nn.Module):
    """The fraction of each landmark's motion that a material makes."""

    def __init__(self, residual: Residual, response: TissueResponse):
        """Copy the landmarks' rows.

        Args:
            residual: of the head.
            response: the moments of the expressions from which the material's map is a regression.
        """
        super().__init__()
        rows, inner = residual.rows.astype(float), response.expressions
        own = ((rows @ inner) * rows).sum(1).reshape(-1, 3).sum(1)
        self.rows = Constants("half", rows=residual.rows)
        self.exact = Constants("exact", inward=response.inward, over=1 / np.maximum(own, _LEAST_OWN))

    def forward(self, map_: Tensor) -> Tensor:
        """Return the fractions of a material, less those of the default one.

        Args:
            map_: (Z - 52, Z) rows of M for the latents that tissue changes.

        Returns:
            (L,), zero for the default material.
        """
        rows, exact = self.rows.rows, self.exact
        changes = pad(linear(exact.inward, map_), (ARKIT_COUNT, 0))
        more = (torch.matmul(rows, changes) * rows).reshape(-1, 3, rows.shape[1]).sum((1, 2))
        return torch.clamp(more * exact.over, -1.0, 0.0)

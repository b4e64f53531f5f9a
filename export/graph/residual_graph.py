"""The stage residual as graphs: the motion beside the latent, and how much of it a material's tissue makes.

    r = d - C (z - z₀),   r ← r - A Q r,   v_i ← v_i + Σ_k g_ik f_k r_k        (`landmark_driver/network/residual_stage.py`)

f are the fractions of `CharacterNetwork.followed`. They compare a material's change Δ of the canonical expressions with these
expressions X. XᵀΔ follows from the material's map M, which is the regression of Δ from X:

    f own = own + Σ_axes (C P) ∘ C,   P = XᵀΔ = S (XᵀX / S + E) Mᵀ              (`network/latent_regression.py`)
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


def landmark_rows(residual: Residual) -> Constants:
    """Return C, which both graphs read.

    Args:
        residual: of the head.

    Returns:
        `rows` (3 L, Z), metres for a latent of one. No coarser than half floats: they leave a small difference of landmarks.
        8 bits, though rounded for typical latents, put vertices of the default head half a millimetre off.
    """
    return Constants("half", rows=residual.rows)


class ResidualMotion(nn.Module):
    """The motion of vertices for landmarks and a latent.

    The gain has a row for the landmark of each vertex's largest gain, one for the next, and so on: sums over rows are fast, and
    gains of one row are of one size, as 8 bits want them.
    """

    near: Tensor
    place: Tensor

    def __init__(self, residual: Residual, rows: Constants, vertices: int):
        """Copy the constants of the stage, in the default material.

        Args:
            residual: of the head.
            rows: from `landmark_rows`.
            vertices: V, of which the process moves some.
        """
        super().__init__()
        moving, count = residual.near.shape
        order = np.argsort(-np.abs(residual.gain).max(2), 1, kind="stable")
        near = np.take_along_axis(residual.near, order, 1).T
        gain = np.take_along_axis(residual.gain, order[:, :, None], 1).transpose(1, 0, 2)
        self.rows = rows
        self.beside = Constants("half", columns=residual.nuisance, inward=residual.to_nuisance)
        self.gain = Constants(gain=gain.reshape(count, -1))
        self.still = Constants("exact", motion=np.zeros((1, 3)))
        place = np.full(vertices, moving)
        place[residual.vertices] = np.arange(moving)
        self.register_buffer("near", torch.from_numpy(near.ravel().astype(np.int32)))
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
        motion = (embedding(self.near, left).reshape(gain.shape) * gain).sum(0).reshape(-1, 3)
        return embedding(self.place, torch.cat([motion, self.still.motion]))


class Followed(nn.Module):
    """The fraction of each landmark's motion that a material makes."""

    def __init__(self, residual: Residual, rows: Constants, response: TissueResponse):
        """Measure the motion of the landmarks in the default material.

        Args:
            residual: of the head.
            rows: from `landmark_rows`.
            response: the moments of the expressions from which the material's map is a regression.
        """
        super().__init__()
        exact = residual.rows.astype(float)
        own = ((exact @ response.expressions) * exact).sum(1).reshape(-1, 3).sum(1)
        self.rows = rows
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

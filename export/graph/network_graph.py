"""A character's networks as PyTorch modules, for converters: matrix products of static shape, nothing else.

`run` computes the stages posterior, bounds, decoder and residual of `landmark_driver/network/latent_stages.py` every frame, the
soft one forward and decoder. The stage looks, before it, and sway, lips and eyes, after it, stay outside (`docs/export.md`).
`specialise` (`tissue_graph.py`) runs when the target material changes, and gives the state that `run` takes.

    specialise   materials (22, 4), gravity_m_s2 (3,), bone_scale (2,)       -> tissue_state
    run          displacements_m (478, 3), look_weights (8,), tissue_state   -> vertices_m (V, 3), weights (52,)
    run (soft)   weights (52,), tissue_state                                 -> vertices_m (V, 3)
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import embedding, linear

from capture.frames.landmark_frame import ARKIT_COUNT
from export.graph.box_iteration import ROUNDS
from export.graph.frame_network import SparseFrame, TissueResponse
from export.graph.residual_graph import ResidualMotion
from export.graph.tissue_graph import Forward
from export.quantization.graph_constants import Constants
from landmark_driver.head.eyes import EYE_LOOKS
from landmark_driver.network.film_network import WEIGHT_UNIT

_FINE_LATENTS = 96
_CEILING = 6.0


class Reading(nn.Module):
    """Landmark displacements to latents. Latents that move vertices far need half floats, the others may be coarser.

    The error of a rounded latent is proportional to its largest gain, and to how far it moves a vertex.
    """

    place: Tensor

    def __init__(
        self,
        frame: SparseFrame,
        basis: Float[np.ndarray, "latent coordinates"],
        moments: Float[np.ndarray, "landmarks_3 landmarks_3"],
    ):
        """Sort the rows of the gain by the error that rounding them makes.

        Args:
            frame: gives the gain (Z, 3 L), latents per metre.
            basis: (Z, C) metres for latents of one.
            moments: (3 L, 3 L) square metres, second moments of displacements.
        """
        super().__init__()
        order = np.argsort(-np.abs(frame.gain).max(1) * np.abs(basis).max(1), kind="stable")
        self.fine = Constants("half", gain=frame.gain[order[:_FINE_LATENTS]])
        self.rest = Constants(inputs=moments, gain=frame.gain[order[_FINE_LATENTS:]])
        self.register_buffer("place", torch.from_numpy(np.argsort(order).astype(np.int32)))

    def forward(self, displacements: Tensor) -> Tensor:
        """Return the landmarks' part of the latent.

        Args:
            displacements: (1, 3 L) metres, head frame.

        Returns:
            (1, Z), without offset and gaze.
        """
        read = [linear(displacements, part.gain) for part in (self.fine, self.rest)]
        return embedding(self.place, torch.cat(read, 1).reshape(-1, 1)).reshape(1, -1)


class Box(Constants):
    """Weights brought within 0..1, and the other latents, which follow them.

    Weights are counted in sixths, because XNNPACK has a ReLU that ends at 6. It hands a ReLU that ends at 1 back to
    TFLite, in each round again.
    """

    def __init__(self, frame: SparseFrame):
        super().__init__("exact", start=frame.box.start, step=frame.box.step)
        self.following = Constants("half", follow=frame.follow / WEIGHT_UNIT)

    def forward(self, weights: Tensor, rest: Tensor) -> tuple[Tensor, Tensor]:
        """Return the likeliest weights within the bounds, and the latents that go with them.

        Args:
            weights: (1, 52) ARKit weights before the bounds.
            rest: (1, Z - 52) the other latents.

        Returns:
            (1, 52) ARKit weights in 0..1, and (1, Z - 52) latents.
        """
        sixths = weights * _CEILING
        constant, s = linear(sixths, self.start), torch.clamp(sixths, 0.0, _CEILING)
        for _ in range(ROUNDS):
            s = linear(torch.cat([s, torch.clamp(s, 0.0, _CEILING)], 1), self.step) + constant
        bounded = torch.clamp(s, 0.0, _CEILING) / _CEILING
        return bounded, rest + linear(bounded - weights, self.following.follow)


class Run(nn.Module):
    """SparseSoftDECA, one frame: the stages posterior, bounds, decoder and residual."""

    def __init__(self, frame: SparseFrame, reading: nn.Module, decoder: nn.Module, residual: ResidualMotion):
        super().__init__()
        self.reading, self.box, self.decoder, self.residual = reading, Box(frame), decoder, residual
        self.inward = Constants("exact", look_gain=frame.look_gain, offset=frame.offset)
        self.rest = Constants("exact", latent=frame.rest_latent[None], looks=np.eye(ARKIT_COUNT)[EYE_LOOKS])

    def forward(self, displacements_m: Tensor, look_weights: Tensor, tissue_state: Tensor):
        """Return vertices and weights of a frame by name.

        Args:
            displacements_m: (478, 3) metres, head frame, landmarks less the neutral head's.
            look_weights: (8,) weights of the eyeLook shapes in 0..1.
            tissue_state: ((Z - 52) (Z + 1) + L,) from `Specialise`.

        Returns:
            `vertices_m` (V, 3) metres, head frame, and `weights` (52,) ARKit weights in 0..1.
        """
        looks, inward, displacements = (
            look_weights.reshape(1, -1),
            self.inward,
            displacements_m.reshape(1, -1),
        )
        landmarks = displacements.shape[1] // 3
        change, followed = tissue_state.split([len(tissue_state) - landmarks, landmarks])
        latent = self.reading(displacements) + linear(looks, inward.look_gain, inward.offset)
        bounded, rest = self.box(latent[:, :ARKIT_COUNT] * WEIGHT_UNIT, latent[:, ARKIT_COUNT:])
        away = torch.cat([bounded / WEIGHT_UNIT, rest], 1) - self.rest.latent
        with_one = torch.cat([away, torch.ones(1, 1)], 1)
        changed = linear(with_one, change.reshape(-1, with_one.shape[1]))
        shapes = away[:, :ARKIT_COUNT]
        vertices = self.decoder(torch.cat([shapes, away[:, ARKIT_COUNT:] + changed], 1))
        vertices = vertices + self.residual(displacements, away, followed)
        own = torch.clamp(shapes * (WEIGHT_UNIT * _CEILING), 0.0, _CEILING) / _CEILING
        own = own * (1 - self.rest.looks.sum(0))
        weights = own + torch.matmul(looks, self.rest.looks)
        return {"vertices_m": vertices, "weights": weights.reshape(-1)}


class RunSoft(nn.Module):
    """SoftDECA, one frame: the stages forward and decoder."""

    def __init__(self, response: TissueResponse, decoder: nn.Module):
        super().__init__()
        self.network, self.decoder = Forward(response), decoder

    def forward(self, weights: Tensor, tissue_state: Tensor):
        """Return the vertices of a frame by name.

        Args:
            weights: (52,) ARKit weights in 0..1.
            tissue_state: (S,) from `SpecialiseSoft`.

        Returns:
            `vertices_m` (V, 3) metres, head frame.
        """
        network, row = self.network, weights.reshape(1, -1)
        film, factor, bias = tissue_state.reshape(1, -1).split(network.sizes, 1)
        rest = linear(row, network.linear_weight) + network.latents(row, film, factor) + bias
        return {"vertices_m": self.decoder(torch.cat([row / WEIGHT_UNIT, rest], 1))}

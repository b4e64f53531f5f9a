"""How a material changes a head's networks, as a graph that runs when the material changes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from export.graph.frame_network import TissueResponse
from export.graph.residual_graph import Followed
from export.quantization.graph_constants import Constants
from export.quantization.tiered_product import Tiers
from export.quantization.trunk_products import film_product, region_product
from landmark_driver.tissue.tissue_parameters import BONE_SCALE, GRAVITY, GRAVITY_M_S2, LEARNED, STIFFNESS
from landmark_driver.tissue.tissue_setting import FEATURE_SIZE

_DEFAULTS = np.array([parameter.default for parameter in LEARNED])
_SPAN = np.ptp(np.array([parameter.trained for parameter in LEARNED]), axis=1)
_LOG_STIFFEST = float(np.log(STIFFNESS.trained[1]))
_BONE_REACH = BONE_SCALE.trained[1] - BONE_SCALE.default


class TissueFeatures(Constants):
    """Features of the target material (`tissue_setting.py`) and, in a second row, of the default one: zeros."""

    def __init__(self):
        super().__init__(
            "exact",
            default=_DEFAULTS[1:],
            span=_SPAN[1:],
            gravity=np.array(GRAVITY_M_S2),
            down=np.array(GRAVITY_M_S2) / GRAVITY.default,
        )

    def forward(self, materials: Tensor, gravity_m_s2: Tensor, bone_scale: Tensor) -> Tensor:
        """Return the features of two materials, as `tissue_setting.py` defines them.

        Args:
            materials: (22, 4), a row for each region, columns stiffness, incompressibility, strength, volume.
            gravity_m_s2: (3,) metres a second squared, head frame.
            bone_scale: (2,) factors of mandible and cranium.

        Returns:
            (2, 159): the target material, then zeros for the default one.
        """
        stiffness = torch.log(materials[:, :1]) / _LOG_STIFFEST
        rest = (materials[:, 1:] - self.default) / self.span
        regions = torch.cat([stiffness, rest], 1).reshape(1, -1)
        gravity = ((gravity_m_s2 - self.gravity) / GRAVITY.default).reshape(1, -1)
        bones = ((bone_scale - BONE_SCALE.default) / _BONE_REACH).reshape(1, -1)
        pull = (gravity + self.down) / materials[:, :1] - self.down
        features = torch.cat([regions, gravity, bones, pull.reshape(1, -1) / 2], 1)
        return torch.cat([features, torch.zeros(1, FEATURE_SIZE)], 0)


class Forward(Constants):
    """The forward network of one head, not folded: the material's effect stays an input.

    `tissue` gives for each row of features the scale and shift of both hidden layers, the factors of the bilinear
    part, and the bias; all of them are zero for the default material.
    """

    def __init__(self, response: TissueResponse, film_tiers: Tiers | None = None):
        named = {name.replace(".", "_"): array for name, array in response.forward.items()}
        rest, trunk = named.pop("rest_weight"), named.pop("trunk_weight")[:, -FEATURE_SIZE:]
        film, bilinear = named.pop("film_weight"), named.pop("bilinear_weight")
        super().__init__("coarse", None, **named)
        self.film, self.bilinear = film_product(film, response.trunk, film_tiers), region_product(bilinear)
        self.sizes = (len(film), len(bilinear), len(rest))
        self.trunk = Constants("half", trunk=trunk, bias=response.identity)
        self.bias = Constants(rest=rest)

    def tissue(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return how materials change the hidden layers, the bilinear part and the bias.

        Args:
            features: (2, 159) from `TissueFeatures`: the target material first, then the default one.

        Returns:
            For each row scales and shifts (2, 4 H) of hidden layers of width H, factors (2, B), biases (2, Z - 52).
        """
        t = linear(features, self.trunk.trunk, self.trunk.bias)
        t = t * torch.sigmoid(t)
        t = t - t[1:]
        bias = linear(torch.cat([features, t], 1), self.bias.rest)
        return self.film(t), self.bilinear(t), bias

    def latents(self, weights: Tensor, film: Tensor, factor: Tensor) -> Tensor:
        """Return the latents after the 52 of the weights, without bias and the part that is linear for any material.

        Args:
            weights: (N, 52) ARKit weights in 0..1.
            film: (1, 4 H) scales and shifts of one material.
            factor: (1, B) factors of its bilinear part.

        Returns:
            (N, Z - 52).

        Scales act on the layers' matrices: on activations, a converter would multiply out their constant part.
        """
        scale_0, shift_0, scale_1, shift_1 = film.split(self.hidden_0_bias.shape[0], 1)
        inward = (1 + scale_0).transpose(0, 1) * self.hidden_0_weight
        h = linear(inward, weights).transpose(0, 1) + ((1 + scale_0) * self.hidden_0_bias + shift_0)
        h = h * torch.sigmoid(h)
        h = (1 + scale_1) * linear(h, self.hidden_1_weight, self.hidden_1_bias) + shift_1
        h = h * torch.sigmoid(h)
        mixed = linear((factor.transpose(0, 1) * self.shapes_weight).transpose(0, 1), self.mix_weight)
        return linear(h, self.out_weight) + linear(mixed.transpose(0, 1), weights).transpose(0, 1)


class Specialise(nn.Module):
    """The tissue state that `Run` takes: [M, rest], a row for each latent that tissue changes, and the residual's fractions."""

    def __init__(self, response: TissueResponse, followed: Followed, film_tiers: Tiers | None = None):
        super().__init__()
        self.features, self.network = TissueFeatures(), Forward(response, film_tiers)
        self.followed = followed
        self.asked = Constants(canonical=response.canonical)
        self.answered = Constants(inputs=response.changes, regression=response.regression.T)

    def forward(self, materials: Tensor, gravity_m_s2: Tensor, bone_scale: Tensor):
        """Return the tissue state of a target material by name.

        Args:
            materials: (22, 4), a row for each region, columns stiffness, incompressibility, strength, volume.
            gravity_m_s2: (3,) metres a second squared, head frame.
            bone_scale: (2,) factors of mandible and cranium.

        Returns:
            `tissue_state` ((Z - 52) (Z + 1) + L,): [M, rest] row by row, then how much more than in the default material
            each landmark's motion is followed.
        """
        network, asked = self.network, self.asked.canonical
        film, factor, bias = network.tissue(self.features(materials, gravity_m_s2, bone_scale))
        target, default = (
            network.latents(asked, film[row], factor[row]) for row in (slice(0, 1), slice(1, 2))
        )
        change = target - default + bias[:1]
        state = linear(change.transpose(0, 1), self.answered.regression)
        return {"tissue_state": torch.cat([state.reshape(-1), self.followed(state[:, :-1])])}


class SpecialiseSoft(nn.Module):
    """The tissue state that `RunSoft` takes: film, factors and bias in a row."""

    def __init__(self, response: TissueResponse, film_tiers: Tiers | None = None):
        super().__init__()
        self.features, self.network = TissueFeatures(), Forward(response, film_tiers)

    def forward(self, materials: Tensor, gravity_m_s2: Tensor, bone_scale: Tensor):
        """Return the tissue state of a target material by name.

        Args:
            materials: (22, 4), a row for each region, columns stiffness, incompressibility, strength, volume.
            gravity_m_s2: (3,) metres a second squared, head frame.
            bone_scale: (2,) factors of mandible and cranium.

        Returns:
            `tissue_state` (4 H + B + Z - 52,): film, factors and bias.
        """
        state = self.network.tissue(self.features(materials, gravity_m_s2, bone_scale))
        return {"tissue_state": torch.cat(state, 1)[0]}

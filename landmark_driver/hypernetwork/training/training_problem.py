"""The ingredients of a training: the data as latents, bases, codes, the modules, and the error in millimetres.

A sample's displacement is that of its head's own blendshapes plus a difference; the basis is fitted to the differences.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.displacement_basis import (
    fit_displacement_basis,
    fit_head_code,
    latents_of,
)
from landmark_driver.hypernetwork.data.expression_sampler import sample_expression
from landmark_driver.hypernetwork.data.lip_surfaces import lip_separation
from landmark_driver.hypernetwork.data.mirrored_data import (
    mirror_vertices,
    mirrored_blendshapes,
    with_mirror_images,
)
from landmark_driver.hypernetwork.data.moving_vertices import loss_fractions
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.hypernetwork.networks.local_tissue import local_tissue
from landmark_driver.hypernetwork.networks.soft_deca import SoftDECA
from landmark_driver.hypernetwork.training.optimisation_steps import Progress
from landmark_driver.hypernetwork.training.training_config import TrainingConfig
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.network.network_weights import head_scale
from landmark_driver.tissue.tissue_setting import FEATURE_SIZE, tissue_features

_CANONICAL = 512


class TrainingProblem:
    """One dataset and configuration, ready for training; the same in, the same out."""

    def __init__(
        self,
        data: TrainingData,
        config: TrainingConfig,
        identities: IdentityModel,
        progress: Progress = lambda done, total: None,
    ):
        """Prepare a training; `progress` counts the heads whose blendshapes are made, half a second each."""
        template = identities.template()
        blendshapes = own_blendshapes(data.neutral, identities, progress)
        samples, across = data.of_split("training"), mirror_vertices(template.vertices)
        if config.mirrored:
            data = with_mirror_images(data, across)
            blendshapes = np.concatenate([blendshapes, mirrored_blendshapes(blendshapes, across)])
        self.data, self.config = data, config
        self.difference = replace(data, displacement_mm=_differences_mm(data, blendshapes))
        self.topology = template.topology
        self.skin = self.topology.vertices_of("skin")
        rng = np.random.default_rng([config.seed, 0])
        self.basis = fit_displacement_basis(
            self.difference, self.topology, config.latents, samples, across, rng
        )
        self.code = fit_head_code(data.neutral[~data.head_unseen], self.skin, config.code)
        self.scale = head_scale(data.neutral, self.skin).astype(np.float32)
        self.head_codes = self.code(data.neutral, self.skin)
        self.latents = latents_of(self.difference, self.topology, self.basis)
        self.lips = lip_separation(template)
        torch.manual_seed(config.seed)
        code = self.head_codes.shape[1]
        learned_from = rng.permutation(data.of_split("training"))
        local = local_tissue(self.difference, template, self.basis, code, learned_from)
        self.soft = SoftDECA(code + FEATURE_SIZE, local)
        canonical_rng = np.random.default_rng([config.seed, 3])
        self.canonical = np.stack([sample_expression(canonical_rng)[1] for _ in range(_CANONICAL)])
        self.usual_error = self.edited_error = np.zeros((config.latents, config.latents))

    def expressions(self, chosen, rng: np.random.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return ARKit weights and conditions of samples.

        Args:
            chosen: (n,) rows of the samples.
            rng: blurs identity codes by `code_noise`; None leaves them exact.

        Returns:
            (n, 52) ARKit weights in 0..1, and (n, C) identity codes with tissue features.
        """
        codes = self.head_codes[self.data.head[chosen]]
        if rng is not None:
            codes = codes + self.config.code_noise * rng.normal(size=codes.shape)
        condition = np.concatenate([codes, tissue_features(self.data.tissue_code[chosen])], 1)
        return torch.as_tensor(self.data.weights[chosen]), torch.as_tensor(condition, dtype=torch.float32)

    def difference_error(self, latents: Tensor, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Return the mean distance over random skin vertices; vertices that hardly move count less.

        Args:
            latents: (n, K) predicted latents of the difference.
            chosen: (n,) rows of the samples.
            rng: chooses the vertices.

        Returns:
            A scalar, millimetres.
        """
        vertices = rng.choice(self.skin, min(self.config.vertices, len(self.skin)), replace=False)
        columns = (3 * vertices[:, None] + np.arange(3)).ravel()
        moved, difference = (
            torch.as_tensor(of.displacement_mm[chosen[:, None], vertices].astype(np.float32))
            for of in (self.data, self.difference)
        )
        scale = torch.as_tensor(1e3 * self.scale[self.data.head[chosen]])[:, None, None]
        predicted = (latents @ torch.as_tensor(self.basis.basis[:, columns])).unflatten(-1, (-1, 3)) * scale
        distance = ((predicted - difference).square().sum(-1) + 1e-6).sqrt()
        counts = loss_fractions(moved.norm(dim=-1))
        return (distance * counts).sum() / counts.sum()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the file of network weights.

        Returns:
            NumPy arrays by name.
        """
        return {
            "basis": self.basis.basis.astype(np.float16),
            "usual_residual_std": self.basis.residual_std["usual"],
            "edited_residual_std": self.basis.residual_std["edited"],
            "skin": self.skin.astype(np.int32),
            "code_basis": self.code.basis.astype(np.float16),
            "code_mean": self.code.mean,
            "code_std": self.code.std.astype(np.float32),
            "canonical": self.canonical.astype(np.float32),
            "usual_error": self.usual_error.astype(np.float32),
            "edited_error": self.edited_error.astype(np.float32),
            **{f"lips.{name}": array for name, array in self.lips.arrays().items()},
            **self.soft.arrays("forward"),
        }


def own_blendshapes(
    neutral: Float[np.ndarray, "heads vertices 3"],
    identities: IdentityModel,
    progress: Progress = lambda done, total: None,
) -> Float[np.ndarray, "heads 52 vertices 3"]:
    """Return the blendshapes of heads, transferred from the template.

    Args:
        neutral: (H, V, 3) metres, head frame.
        identities: the identity model.
        progress: called with the number of heads done and of all.

    Returns:
        (H, 52, V, 3) displacements in metres, head frame, float32.
    """
    transfer = expression_transfer(identities)
    shapes = []
    for number, vertices in enumerate(neutral):
        head = IdentityHead(identities.topology, vertices, np.zeros(0))
        shapes.append(transfer(head).astype(np.float32))
        progress(number + 1, len(neutral))
    return np.stack(shapes)


def _differences_mm(data: TrainingData, blendshapes: np.ndarray) -> Float[np.ndarray, "samples vertices 3"]:
    """Return displacements less those of the heads' own blendshapes, half floats."""
    result = np.empty_like(data.displacement_mm)
    for head, own in enumerate(blendshapes):
        rows = np.flatnonzero(data.head == head)
        moved = np.tensordot(1e3 * data.weights[rows], own, 1)
        result[rows] = data.displacement_mm[rows].astype(np.float32) - moved
    return result

"""Networks without a hypernetwork, one for each layout: a plain MLP, and S2D-Dec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.hypernetwork.data.landmark_layouts import evaluation_layout
from landmark_driver.hypernetwork.data.moving_vertices import loss_fractions
from landmark_driver.hypernetwork.data.pooled_basis import PooledBasis
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.hypernetwork.evaluation.baselines import Displace, Task
from landmark_driver.hypernetwork.networks.s2d_decoder import S2DDecoder, nearness_weights
from landmark_driver.network.network_weights import head_scale

Kind = Literal["plain MLP", "S2D-Dec"]


@dataclass(frozen=True)
class BaselineConfig:
    """The training of a learned baseline."""

    steps: int = 3000
    batch: int = 32
    learning_rate: float = 1e-3
    width: int = 256
    most_noise_m: float = 0.0015
    most_dropped: float = 0.5
    seed: int = 0


class PlainMLP(nn.Module):
    """The map from displacements over head scale, with a flag for each seen landmark, to a latent of the basis."""

    def __init__(self, landmarks: int, latents: int, width: int):
        super().__init__()
        sizes = [4 * landmarks, width, width, width]
        layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.SiLU())]
        self.layers = nn.Sequential(*layers, nn.Linear(width, latents))

    def forward(self, displacements: Tensor, seen: Tensor) -> Tensor:
        """Return latents of the pooled basis.

        Args:
            displacements: (batch, 3 L) over head scale, zero where a landmark is unseen.
            seen: (batch, L) 1 where a landmark is seen, else 0.

        Returns:
            (batch, K) latents.
        """
        return self.layers(torch.cat([10 * displacements, seen], 1))


def learned_baselines(
    data: TrainingData,
    pooled: PooledBasis,
    identities: IdentityModel,
    landmarks: int,
    config: BaselineConfig,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Callable[[Task], Displace]]:
    """Return the MLP for any layout, and S2D-Dec for the 68 points that it was made for.

    Args:
        data: the dataset.
        pooled: the basis of all heads.
        identities: the dataset's identity model.
        landmarks: 20, 68 or 478.
        config: the training.
        progress: called with the number of steps done and of all, for each baseline.

    Returns:
        Methods by name, to be prepared for a task.
    """
    kinds: tuple[Kind, ...] = ("plain MLP", "S2D-Dec") if landmarks == 68 else ("plain MLP",)
    return {
        kind: train_baseline(kind, data, pooled, identities, landmarks, config, progress) for kind in kinds
    }


def train_baseline(
    kind: Kind,
    data: TrainingData,
    pooled: PooledBasis,
    identities: IdentityModel,
    landmarks: int,
    config: BaselineConfig,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Callable[[Task], Displace]:
    """Train a baseline on the training split with random noise and drop-out, and return its method.

    Args:
        kind: `plain MLP` or `S2D-Dec`.
        data: the dataset.
        pooled: the basis of all heads.
        identities: the dataset's identity model.
        landmarks: 20, 68 or 478.
        config: the training.
        progress: called with the number of steps done and of all.

    Returns:
        The method, to be prepared for a task.
    """
    torch.manual_seed(config.seed)
    template = identities.template()
    skin, faces = template.topology.vertices_of("skin"), template.topology.faces_of("skin")
    layout = evaluation_layout(landmarks, identities.landmark_embedding())
    count = len(layout.weights)
    columns = (3 * skin[:, None] + np.arange(3)).ravel()
    skin_basis = torch.as_tensor(pooled.basis[:, columns])
    near = _tensor(nearness_weights(template.vertices[skin], layout(template.vertices)))
    module: nn.Module = (
        PlainMLP(count, len(pooled.basis), config.width)
        if kind == "plain MLP"
        else S2DDecoder(count, template.vertices[skin], faces)
    )
    samples = data.of_split("training")
    scale = head_scale(data.neutral, skin).astype(np.float32)
    optimiser = torch.optim.AdamW(module.parameters(), config.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, config.steps)
    for step in range(config.steps):
        rng = np.random.default_rng([config.seed, 5, step])
        chosen = rng.choice(samples, config.batch)
        moved = 1e-3 * data.displacement_mm[chosen].astype(np.float32)
        own = scale[data.head[chosen], None, None]
        noise = rng.uniform(0, config.most_noise_m, (config.batch, 1, 1))
        seen = rng.uniform(size=(config.batch, count)) >= rng.uniform(
            0, config.most_dropped, (config.batch, 1)
        )
        observed = seen[..., None] * (layout(moved) + noise * rng.normal(size=(config.batch, count, 3))) / own
        observed = _tensor(observed.reshape(config.batch, -1))
        true = _tensor(moved[:, skin] / own)
        if kind == "plain MLP":
            predicted = (module(observed, _tensor(seen)) @ skin_basis).unflatten(1, (-1, 3))
            distance = ((predicted - true).square().sum(-1) + 1e-12).sqrt()
            fraction = loss_fractions(1e3 * true.norm(dim=-1) * _tensor(own[..., 0]))
            loss = (distance * fraction).sum() / fraction.sum()
        else:
            loss = ((module(observed) - true).abs().sum(-1) * near).mean()
        optimiser.zero_grad()
        (1e3 * loss).backward()
        optimiser.step()
        schedule.step()
        progress(step + 1, config.steps)
    return _method(kind, module.eval(), pooled, skin)


def _method(kind: Kind, module: nn.Module, pooled: PooledBasis, skin) -> Callable[[Task], Displace]:
    basis = torch.as_tensor(pooled.basis)

    def prepare(task: Task) -> Displace:
        scale = float(head_scale(task.neutral, skin))

        @torch.no_grad()
        def displace(displacements, seen):
            observed = _tensor((displacements * seen[:, None]).reshape(1, -1) / scale)
            if kind == "plain MLP":
                return scale * (module(observed, _tensor(seen[None])) @ basis).numpy().reshape(-1, 3)
            result = np.zeros_like(task.neutral)
            result[skin] = scale * module(observed)[0].numpy()
            return result

        return displace

    return prepare


def _tensor(array: np.ndarray) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)

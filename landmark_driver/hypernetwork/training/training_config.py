"""The configuration of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Network = Literal["sparse", "soft"]


@dataclass(frozen=True)
class TrainingConfig:
    """The sizes, steps and disturbances of a training."""

    network: Network = "sparse"
    seed: int = 0
    latents: int = 128
    code: int = 32
    forward_steps: int = 6000
    forward_batch: int = 192
    corrector_steps: int = 1500
    groups: int = 12
    """The number of heads with a tissue each in one step of the corrector's training."""
    frames: int = 4
    """The number of frames of each of them, with noise of their own; most tissues have one expression only."""
    vertices: int = 400
    """The number of random skin vertices on which a step measures its error."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    mirrored: bool = True
    """Train on mirror images as well."""
    code_noise: float = 0.05
    """The noise on identity codes while the forward network trains, in standard deviations."""
    unknown_tissue: float = 0.15
    """The fraction of the corrector's groups whose tissue is withheld from it."""
    most_noise_m: float = 0.0015
    most_dropped: float = 0.5
    checkpoint_every: int = 250
    threads: int = 1

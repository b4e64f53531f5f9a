"""What a training is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Network = Literal["sparse", "soft"]


@dataclass(frozen=True)
class TrainingConfig:
    network: Network = "sparse"
    seed: int = 0
    latents: int = 128
    code: int = 32
    forward_steps: int = 6000
    forward_batch: int = 192
    corrector_steps: int = 1500
    groups: int = 12
    """Heads with a tissue each in one step of the corrector's training."""
    frames: int = 4
    """Of each of them, with noise of their own; most tissues have one expression only."""
    vertices: int = 400
    """Random skin vertices on which a step measures its error."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    mirrored: bool = True
    """Train on mirror images as well."""
    code_noise: float = 0.05
    """Added to identity codes while the forward network trains, in standard deviations."""
    unknown_tissue: float = 0.15
    """Share of the corrector's groups whose tissue it is not told."""
    most_noise_m: float = 0.0015
    most_dropped: float = 0.5
    checkpoint_every: int = 250
    threads: int = 1

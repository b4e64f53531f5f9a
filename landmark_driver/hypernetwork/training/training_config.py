"""The configuration of a training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingConfig:
    """The sizes, steps and disturbances of a training."""

    seed: int = 0
    latents: int = 128
    code: int = 32
    forward_steps: int = 6000
    forward_batch: int = 192
    vertices: int = 400
    """The number of random skin vertices on which a step measures its error."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    mirrored: bool = True
    """Train on mirror images as well."""
    code_noise: float = 0.05
    """The noise on identity codes, in standard deviations."""
    checkpoint_every: int = 250
    threads: int = 1

"""The steps of an optimisation: learning rate warmed up and let down along a cosine, checkpoints on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from landmark_driver.hypernetwork.training.training_config import TrainingConfig
from landmark_driver.hypernetwork.training.training_state import TrainingState

Progress = Callable[[int, int], None]


def optimisation_steps(
    state: TrainingState, config: TrainingConfig, module: nn.Module, progress: Progress
) -> Iterator[int]:
    """Yield step numbers, and after each one optimise `state.loss`, which the caller sets.

    Args:
        state: the log and checkpoint; a checkpoint is continued.
        config: the training.
        module: the network to optimise, changed in place.
        progress: called with the number of steps done and of all.

    Yields:
        The step's number, from 0 or the checkpoint's.
    """
    optimiser = torch.optim.AdamW(module.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    steps = config.forward_steps
    for step in range(state.restore(module, optimiser), steps):
        warm, fraction = min(1.0, (step + 1) / 100), step / steps
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * fraction)))
        yield step
        optimiser.zero_grad()
        state.loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        state.log_loss(step)
        progress(step + 1, steps)
        if (step + 1) % config.checkpoint_every == 0 or step + 1 == steps:
            state.keep(step + 1, module, optimiser)

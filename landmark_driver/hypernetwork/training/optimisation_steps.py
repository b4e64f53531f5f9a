"""The steps of an optimisation: learning rate warmed up and let down along a cosine, checkpoints on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from landmark_driver.hypernetwork.training.training_config import TrainingConfig
from landmark_driver.hypernetwork.training.training_state import FORWARD, TrainingState

Progress = Callable[[int, int], None]


def optimisation_steps(
    state: TrainingState, config: TrainingConfig, stage: int, module: nn.Module, progress: Progress
) -> Iterator[int]:
    """Yield step numbers, and after each one optimise `state.loss`, which the caller sets.

    Args:
        state: the log and checkpoint; a checkpoint of this stage is continued.
        config: the training.
        stage: FORWARD or CORRECTOR.
        module: the network to optimise, changed in place.
        progress: called with the number of steps done and of all, over both stages.

    Yields:
        The step's number, from 0 or the checkpoint's.
    """
    steps = config.forward_steps if stage == FORWARD else config.corrector_steps
    optimiser = torch.optim.AdamW(module.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    begin = state.restore(stage, module, optimiser)
    total = config.forward_steps + (config.corrector_steps if config.network == "sparse" else 0)
    before = 0 if stage == FORWARD else config.forward_steps
    for step in range(begin, steps):
        warm, fraction = min(1.0, (step + 1) / 100), step / steps
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * fraction)))
        yield step
        optimiser.zero_grad()
        state.loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        state.log_loss(stage, step)
        progress(before + step + 1, total)
        if (step + 1) % config.checkpoint_every == 0 or step + 1 == steps:
            state.keep(stage, step + 1, module, optimiser)

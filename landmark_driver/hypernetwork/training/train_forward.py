"""Trains SoftDECA, and measures its error on heads kept from it, which the prior needs."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from landmark_driver.hypernetwork.training.optimisation_steps import Progress, optimisation_steps
from landmark_driver.hypernetwork.training.training_problem import TrainingProblem
from landmark_driver.hypernetwork.training.training_state import TrainingState
from landmark_driver.tissue.tissue_setting import SAME_TISSUE

_BATCHES = 1
"""The stream of random numbers that draws the batches."""


def train_forward(problem: TrainingProblem, state: TrainingState, progress: Progress) -> float:
    """Train SoftDECA and return its error on heads kept from training.

    Args:
        problem: the data and networks; `problem.soft`, `usual_error` and `edited_error` are changed in place.
        state: the log and checkpoint.
        progress: called with the number of steps done and of all.

    Returns:
        The mean error over moving skin vertices, millimetres.
    """
    data, config = problem.data, problem.config
    kept = data.validation_heads[data.head]
    training = data.of_split("training")
    samples, held_out = training[~kept[training]], training[kept[training]]
    for step in optimisation_steps(state, config, problem.soft, progress):
        rng = np.random.default_rng([config.seed, _BATCHES, step])
        chosen = rng.choice(samples, config.forward_batch)
        predicted = problem.soft.difference(*problem.expressions(chosen, rng))
        state.loss = problem.difference_error(predicted, chosen, rng)
    with torch.no_grad():
        predicted = problem.soft.difference(*problem.expressions(held_out))
        error = problem.difference_error(predicted, held_out, np.random.default_rng(0))
    away = problem.latents[held_out] - predicted.numpy()
    default = np.abs(data.tissue_code[held_out]).max(1) < SAME_TISSUE
    problem.usual_error, problem.edited_error = shrunk_moment(away[default]), shrunk_moment(away[~default])
    state.note(held_out_mm=float(error))
    return round(float(error), 4)


def shrunk_moment(rows: Float[np.ndarray, "samples latent"]) -> Float[np.ndarray, "latent latent"]:
    """Return the second moment drawn towards its diagonal, the more the fewer samples there are for its directions.

        (1 - f) M + f diag(M),    M = rows^T rows / samples,    f = latents / (latents + samples)

    Args:
        rows: (N, K) latents.

    Returns:
        (K, K) the moment.

    A plain moment would have no variance at all in directions that no held-out sample happens to need.
    """
    count, latents = rows.shape
    moment = rows.T @ rows / max(count, 1)
    fraction = latents / (latents + count)
    return (1 - fraction) * moment + fraction * np.diag(np.diag(moment))

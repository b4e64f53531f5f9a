"""Trains SoftDECA and writes its network weights. SparseSoftDECA is a closed form over them and learns nothing more.

Every step draws its batch from a stream named by seed and step, and the optimiser's state is kept beside
the log, so an interrupted run goes on as if it had not been. One thread is the default: the layers are too
small to divide.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from capture.output_file import check_output
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.hypernetwork.data.training_data import load_training_data
from landmark_driver.hypernetwork.training.optimisation_steps import Progress
from landmark_driver.hypernetwork.training.train_forward import train_forward
from landmark_driver.hypernetwork.training.training_config import TrainingConfig
from landmark_driver.hypernetwork.training.training_problem import TrainingProblem
from landmark_driver.hypernetwork.training.training_state import TrainingState
from landmark_driver.network.network_weights import NetworkWeights


@dataclass(frozen=True)
class TrainingReport:
    """The outcome of a training."""

    path: str
    forward_loss_mm: float
    """The mean over moving skin vertices on heads kept from training."""
    seconds: float


def train(
    dataset: Path,
    out: Path,
    config: TrainingConfig,
    identities: IdentityModel,
    progress: Progress = lambda done, total: None,
) -> TrainingReport:
    """Train the networks, or go on from an earlier run with the same configuration.

    Args:
        dataset: the dataset's folder.
        out: the file of network weights, ending in .safetensors; log and checkpoint stand beside it.
        config: the training.
        identities: the identity model, which gives the template: topology, blendshapes and landmarks.
        progress: called with the number of heads or steps done and of all.

    Returns:
        The report; errors in millimetres.

    Raises:
        DatasetError: for a folder without a complete dataset.
        OutputError: for a file that cannot be written.
    """
    check_output(out, (".safetensors",))
    torch.set_num_threads(config.threads)
    start_s = time.perf_counter()
    problem = TrainingProblem(load_training_data(dataset), config, identities, progress)
    state = TrainingState(out, config, problem.data)
    forward = train_forward(problem, state, progress)
    NetworkWeights(problem.arrays(), state.provenance()).save(out)
    return TrainingReport(str(out), forward, round(time.perf_counter() - start_s, 1))

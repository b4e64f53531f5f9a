"""Trains SparseSoftDECA's corrector: random heads, tissues, layouts, noise and drop-out in every step."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from landmark_driver.hypernetwork.networks.sparse_soft_deca import LayoutBatch, posterior
from landmark_driver.hypernetwork.training.optimisation_steps import Progress, optimisation_steps
from landmark_driver.hypernetwork.training.training_problem import TrainingProblem, as_tensor
from landmark_driver.hypernetwork.training.training_state import CORRECTOR, TrainingState
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.head_network import tissue_prior
from landmark_driver.network.landmark_posterior import nuisance_deviations, rigid_columns
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.tissue.tissue_setting import setting_from_code, tissue_features

_MEASURED, _MEASURING = 40, 4


def train_corrector(
    problem: TrainingProblem, state: TrainingState, progress: Progress
) -> tuple[float, float]:
    """Train the corrector and return errors on heads kept from the forward network.

    Args:
        problem: the data and networks; `problem.sparse` is changed in place.
        state: the log and checkpoint.
        progress: called with the number of steps done and of all.

    Returns:
        Mean errors in millimetres: with the corrector and without.
    """
    config, data = problem.config, problem.data
    batches = CorrectorBatches(problem)
    training = data.of_split("training")
    by_setting = _grouped(data.setting, training)
    for step in optimisation_steps(state, config, CORRECTOR, problem.sparse, progress):
        rng = np.random.default_rng([config.seed, CORRECTOR, step])
        predicted, chosen, _ = batches.frames(by_setting, rng)
        state.loss = problem.error(predicted, chosen, rng)
    held_out = _grouped(data.setting, training[data.validation_heads[data.head[training]]])
    errors = []
    with torch.no_grad():
        for number in range(_MEASURED):
            rng = np.random.default_rng([config.seed, _MEASURING, number])
            predicted, chosen, closed_form = batches.frames(held_out, rng)
            pair = (problem.error(z, chosen, np.random.default_rng(number)) for z in (predicted, closed_form))
            errors.append([float(error) for error in pair])
    corrected, closed = np.mean(errors, 0)
    state.note("corrector", held_out_mm=float(corrected), closed_form_mm=float(closed))
    return round(float(corrected), 4), round(float(closed), 4)


class CorrectorBatches:
    """Random batches of frames as they reach the live driver."""

    def __init__(self, problem: TrainingProblem):
        self._problem = problem
        self._priors = self._all_priors()

    def frames(self, by_setting: dict[int, np.ndarray], rng: np.random.Generator):
        """Return predicted and closed-form latents of a random batch, and the rows of its samples.

        Args:
            by_setting: rows of samples by the number of their setting.
            rng: the source of randomness.

        Returns:
            (groups * frames, K) predicted latents, (groups * frames,) rows of samples, and (groups * frames, K)
            closed-form latents.
        """
        config, data = self._problem.config, self._problem.data
        settings = rng.choice(list(by_setting), config.groups)
        chosen = np.stack([rng.choice(by_setting[int(s)], config.frames) for s in settings])
        heads = data.head[chosen[:, 0]]
        unknown = rng.uniform(size=config.groups) < config.unknown_tissue
        keys = [
            ("head", int(h)) if u else ("setting", int(s))
            for h, s, u in zip(heads, settings, unknown, strict=True)
        ]
        mean, precision = (torch.stack([self._priors[key][i] for key in keys]) for i in range(2))
        layout, noise_std, embedding = self._layout(heads, chosen[:, 0], unknown, rng)
        seen = embedding(data.displacement_mm[chosen].astype(np.float32) * np.float32(1e-3))
        seen = seen.reshape(*chosen.shape, -1)
        jitter = rng.normal(size=(*chosen.shape, 7)) * (rng.uniform(size=(*chosen.shape, 1)) < 0.5)
        seen = seen + np.einsum("gcn,gfn->gfc", layout.nuisance.numpy(), jitter)
        seen = seen + noise_std[:, None] * rng.normal(size=seen.shape)
        z = self._problem.sparse(as_tensor(seen), layout, mean, precision)
        with torch.no_grad():
            closed_form = posterior(as_tensor(seen), layout, mean, precision)[0]
        return z.flatten(0, 1), chosen.ravel(), closed_form.flatten(0, 1)

    def _layout(self, heads, samples, unknown, rng: np.random.Generator):
        """Return a random layout with noise of its own for every head."""
        config, data = self._problem.config, self._problem.data
        embedding = self._problem.sampler(rng)
        shared = embedding(self._problem.basis.basis.reshape(config.latents, -1, 3))
        own = np.stack([WEIGHT_UNIT * embedding(self._problem.blendshapes[h]) for h in heads])
        shared = self._problem.scale[heads, None, None, None] * shared
        shapes = np.concatenate([own, shared], 1)
        rows = shapes.reshape(*shapes.shape[:2], -1).transpose(0, 2, 1)
        nuisance = (
            np.stack([rigid_columns(embedding(data.neutral[h])) for h in heads]) * nuisance_deviations()
        )
        groups, landmarks = len(heads), len(embedding.weights)
        typical = rng.uniform(0, config.most_noise_m, groups) * (rng.uniform(size=groups) < 0.85) + 2e-5
        axes = np.stack([np.ones(groups), np.ones(groups), rng.uniform(1, 3, groups)], 1)
        spread = np.exp(0.3 * rng.normal(size=(groups, landmarks, 1)) * (rng.uniform() < 0.5))
        noise_std = (typical[:, None, None] * spread * axes[:, None]).reshape(groups, -1)
        tissue = data.tissue_code[samples]
        left = self._problem.residual_std(tissue, unknown).reshape(groups, -1, 3)[:, embedding.corners] ** 2
        left = np.einsum("glkc,lk->glc", left, embedding.weights).reshape(groups, -1)
        left_out = left * self._problem.scale[heads, None] ** 2
        precision = 1 / (noise_std**2 + left_out)
        most = config.most_dropped * (rng.uniform() < 0.6)
        dropped = rng.uniform(size=(groups, landmarks)) < rng.uniform(0, most + 1e-9, (groups, 1))
        precision = precision * np.repeat(~dropped, 3, axis=1)
        tissue = tissue_features(tissue * ~unknown[:, None])
        condition = np.concatenate([self._problem.head_codes[heads], tissue], 1)
        batch = LayoutBatch(*(as_tensor(a) for a in (rows, nuisance, precision, typical, condition)))
        return batch, noise_std, embedding

    def _all_priors(self) -> dict[tuple[str, int], tuple[Tensor, Tensor]]:
        """Return mean and precision for every training setting, and for every head with unknown tissue."""
        weights, data = NetworkWeights(self._problem.arrays()), self._problem.data
        priors = {}
        chosen = data.of_split("training")
        settings, first = np.unique(data.setting[chosen], return_index=True)
        for setting, sample in zip(settings, chosen[first], strict=True):
            code = self._problem.head_codes[data.head[sample]]
            priors["setting", int(setting)] = self._prior(weights, code, data.tissue_code[sample])
        for head in np.unique(data.head[chosen]):
            priors["head", int(head)] = self._prior(weights, self._problem.head_codes[head], None)
        return priors

    def _prior(self, weights: NetworkWeights, code: np.ndarray, tissue_code: np.ndarray | None):
        setting = None if tissue_code is None else setting_from_code(tissue_code)
        prior = tissue_prior(weights, code, setting)
        return as_tensor(prior.mean), as_tensor(np.linalg.inv(prior.covariance))


def _grouped(numbers: np.ndarray, chosen: np.ndarray) -> dict[int, np.ndarray]:
    return {int(number): chosen[numbers[chosen] == number] for number in np.unique(numbers[chosen])}

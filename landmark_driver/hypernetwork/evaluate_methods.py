"""The table: every method on the same samples of a dataset, at one layout, noise, drop-out and jitter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from landmark_driver.head_model.anny_identities import load_anny_identities
from landmark_driver.head_model.deformation_transfer import ExpressionTransfer
from landmark_driver.head_model.identity_model import IdentityHead
from landmark_driver.head_network import folded_forward
from landmark_driver.hypernetwork import baselines
from landmark_driver.hypernetwork.baselines import Displace, Task
from landmark_driver.hypernetwork.landmark_layouts import evaluation_layout
from landmark_driver.hypernetwork.learned_baselines import BaselineConfig, learned_baselines
from landmark_driver.hypernetwork.lip_penetrations import LipPenetrations
from landmark_driver.hypernetwork.training_data import TrainingData, load_training_data
from landmark_driver.layout_posterior import rigid_columns
from landmark_driver.network_weights import NetworkWeights
from landmark_driver.one_blas_thread import one_blas_thread
from landmark_driver.tissue_setting import setting_from_code

_MOVES_MM = 0.5


@dataclass(frozen=True)
class EvaluationConfig:
    split: str = "both"
    landmarks: int = 478
    noise_mm: float = 0.0
    """Standard deviation per axis."""
    drop: float = 0.0
    """Share of the landmarks that a setting does not see."""
    jitter_mm: float = 0.0
    jitter_deg: float = 0.0
    """Head-pose jitter, standard deviation per axis, that every method gets undeclared."""
    samples: int = 150
    seed: int = 0
    baseline_steps: int = 0
    """Train the baselines that learn (plain MLP; at 68 points S2D-Dec) for so many steps; 0 leaves them out."""


@dataclass(frozen=True)
class EvaluationRow:
    method: str
    split: str
    landmarks: int
    mean_mm: float
    p95_mm: float
    max_mm: float
    lip_penetrations: int
    ms_per_frame_1_thread: float
    samples: int
    noise_mm: float
    drop: float


def methods(weights: NetworkWeights | None) -> dict[str, Callable[[Task], Displace]]:
    """All that can run: those that learned something need weights."""
    found: dict[str, Callable[[Task], Displace]] = {
        "do nothing": baselines.do_nothing,
        "bounded least squares": baselines.bounded_least_squares,
        "ridge least squares": baselines.ridge_least_squares,
        "biharmonic warp": baselines.radial_warp,
    }
    if weights is not None:
        found["PCA posterior, noise-aware"] = baselines.pooled_posterior(weights)
        if weights.has_corrector:
            found["SparseSoftDECA, tissue unknown, no corrector"] = baselines.own_prior(weights, False)
            found["SparseSoftDECA, no corrector"] = baselines.own_prior(weights)
            found["SparseSoftDECA, lips as they come"] = baselines.sparse_soft_deca(weights, False)
            found["SparseSoftDECA"] = baselines.sparse_soft_deca(weights)
    return found


def evaluate(
    dataset: Path,
    weights: NetworkWeights | None,
    config: EvaluationConfig,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[EvaluationRow]:
    """One row a method. Raises DatasetError."""
    data = load_training_data(dataset)
    known = methods(weights)
    if weights is not None and config.baseline_steps:
        learning = BaselineConfig(steps=config.baseline_steps, seed=config.seed)
        known |= learned_baselines(data, weights, config.landmarks, learning, progress)
    tally = {name: _Tally() for name in known}
    forward = _Tally()
    template = load_anny_identities().mean()
    lips = LipPenetrations(template)
    transfer = ExpressionTransfer(template, load_anny_identities().template_expressions())
    groups = _groups(data, config)
    skin = template.topology.vertices_of("skin")
    with one_blas_thread():
        for number, samples in enumerate(groups):
            rng = np.random.default_rng([config.seed, int(samples[0])])
            neutral = data.neutral[data.head[samples[0]]]
            setting = setting_from_code(data.tissue_code[samples[0]])
            expressions = transfer(IdentityHead(template.topology, neutral, np.zeros(0)))
            layout = evaluation_layout(config.landmarks)
            task = Task(neutral, expressions, setting, layout, 1e-3 * config.noise_mm)
            true = 1e-3 * data.displacement_mm[samples].astype(float)
            frames = _observed(task, true, config, rng)
            for name, prepare in known.items():
                displace = prepare(task)
                for (seen, mask), moved in zip(frames, true, strict=True):
                    displace(seen, mask)  # whatever is prepared for a mask is not a frame's cost
                    start_s = time.perf_counter()
                    result = displace(seen, mask)
                    seconds = time.perf_counter() - start_s
                    tally[name].add(result, moved, neutral, skin, lips, seconds)
            if weights is not None:
                _forward(forward, weights, task, data.weights[samples], true, skin, lips)
            progress(number + 1, len(groups))
    rows = [tally[name].row(name, config) for name in known]
    return rows + ([forward.row("SoftDECA from weights", config)] if weights is not None else [])


class _Tally:
    """Errors of one method, sample by sample."""

    def __init__(self) -> None:
        self.means, self.largest, self.penetrations, self.seconds = [], 0.0, 0, []

    def add(self, result, true, neutral, skin, lips: LipPenetrations, seconds: float) -> None:
        moving = np.linalg.norm(true[skin], axis=1) > 1e-3 * _MOVES_MM
        self.seconds.append(seconds)
        if moving.any():
            error = 1e3 * np.linalg.norm(result[skin] - true[skin], axis=1)[moving]
            self.means.append(error.mean())
            self.largest = max(self.largest, float(error.max()))
            self.penetrations += lips(neutral + result)

    def row(self, method: str, config: EvaluationConfig) -> EvaluationRow:
        """Mean and percentile over samples of each sample's mean; maximum over everything."""
        return EvaluationRow(
            method=method,
            split=config.split,
            landmarks=config.landmarks,
            mean_mm=round(float(np.mean(self.means)), 4),
            p95_mm=round(float(np.percentile(self.means, 95)), 4),
            max_mm=round(self.largest, 3),
            lip_penetrations=self.penetrations,
            ms_per_frame_1_thread=round(1e3 * float(np.median(self.seconds)), 4),
            samples=len(self.means),
            noise_mm=config.noise_mm,
            drop=config.drop,
        )


def _groups(data: TrainingData, config: EvaluationConfig) -> list[np.ndarray]:
    """Random samples of the split, those of one setting together (a method is prepared once for them)."""
    chosen = data.of_split(config.split)
    order = np.random.default_rng(config.seed).permutation(np.unique(data.setting[chosen]))
    groups, count = [], 0
    for setting in order:
        if count >= config.samples:
            break
        samples = chosen[data.setting[chosen] == setting]
        groups.append(samples)
        count += len(samples)
    return groups


def _observed(task: Task, true: Float[np.ndarray, "frames vertices 3"], config: EvaluationConfig, rng):
    """What a tracker would say of each frame, and the mask, which is one for the setting."""
    landmarks = len(task.layout.weights)
    mask = np.ones(landmarks, bool)
    mask[rng.permutation(landmarks)[: round(config.drop * landmarks)]] = False
    columns = rigid_columns(task.layout(task.neutral))
    jitter_std = np.repeat([np.deg2rad(config.jitter_deg), 1e-3 * config.jitter_mm, 0.0], [3, 3, 1])
    frames = []
    for moved in true:
        seen = task.layout(moved) + 1e-3 * config.noise_mm * rng.normal(size=(landmarks, 3))
        seen = seen + (columns @ (jitter_std * rng.normal(size=7))).reshape(-1, 3)
        frames.append((seen, mask))
    return frames


def _forward(tally: _Tally, weights: NetworkWeights, task: Task, expressions, true, skin, lips) -> None:
    """SoftDECA, which sees ARKit weights and no landmarks."""
    folded = folded_forward(weights, weights.head_code(task.neutral), task.setting)
    basis = np.float32(weights.head_scale(task.neutral)) * weights.basis
    for expression, moved in zip(expressions, true, strict=True):
        start_s = time.perf_counter()
        result = (folded(expression) @ basis).reshape(-1, 3)
        tally.add(result, moved, task.neutral, skin, lips, time.perf_counter() - start_s)

"""The table: every method on the same samples of a dataset, at one layout, noise, drop-out and jitter."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.dataset_error import DatasetError
from landmark_driver.hypernetwork.data.landmark_layouts import evaluation_layout
from landmark_driver.hypernetwork.data.physics_by_name import physics_by_name
from landmark_driver.hypernetwork.data.pooled_basis import PooledBasis, pooled_basis
from landmark_driver.hypernetwork.data.training_data import TrainingData, load_training_data, solved_rest
from landmark_driver.hypernetwork.evaluation import baselines
from landmark_driver.hypernetwork.evaluation.baselines import Displace, Task
from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig, EvaluationRow, Tally
from landmark_driver.hypernetwork.evaluation.learned_baselines import BaselineConfig, learned_baselines
from landmark_driver.hypernetwork.evaluation.lip_penetrations import LipPenetrations
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.live.one_blas_thread import one_blas_thread
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.head_network import folded_forward
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.posterior.landmark_noise import rigid_columns
from landmark_driver.posterior.residual_kernel import SURFACE_PARTS, ResidualKernel
from landmark_driver.tissue.tissue_setting import setting_from_code


def methods(
    weights: NetworkWeights | None, pooled: PooledBasis | None, resting: bool = False
) -> dict[str, Callable[[Task], Displace]]:
    """Return all methods that can run.

    Args:
        weights: the network weights; None leaves out all methods that learned something.
        pooled: the basis of the PCA posterior; None does the same.
        resting: whether edited tissues come with solved resting heads.

    Returns:
        Methods by name, to be prepared for a task.
    """
    found: dict[str, Callable[[Task], Displace]] = {
        "do nothing": baselines.do_nothing,
        "bounded least squares": baselines.bounded_least_squares,
        "ridge least squares": baselines.ridge_least_squares,
        "biharmonic warp": baselines.radial_warp,
    }
    if weights is not None and pooled is not None:
        found["PCA posterior, noise-aware"] = baselines.pooled_posterior(pooled)
        found["SparseSoftDECA, tissue unknown, no residual"] = baselines.own_prior(weights, False)
        found["SparseSoftDECA, no residual"] = baselines.own_prior(weights)
        for told in (False, True) if resting else (False,):
            method = baselines.sparse_soft_deca(weights, resting_head=told)
            name = "SparseSoftDECA, resting head solved" if told else "SparseSoftDECA"
            found[f"{name}, lips as they come"] = method
            found[name] = baselines.lips_apart(weights, method)
    return found


def evaluate(
    dataset: Path,
    weights: NetworkWeights | None,
    config: EvaluationConfig,
    identities: IdentityModel,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[EvaluationRow]:
    """Return the table of all methods on the same samples.

    Args:
        dataset: the dataset's folder.
        weights: the network weights; None for the methods that learned nothing.
        config: the samples, layout and disturbances.
        identities: the dataset's identity model.
        progress: called with the number of steps or settings done and of all.

    Returns:
        One row a method; errors in millimetres.

    Raises:
        DatasetError: for a folder without a complete dataset, or a split without samples.
    """
    data = load_training_data(dataset)
    template = identities.template()
    layout = evaluation_layout(config.landmarks, identities.landmark_embedding())
    pooled = None if weights is None else pooled_basis(data, weights.latents, dataset, template)
    known = methods(weights, pooled, bool(data.resting_mm))
    if pooled is not None and config.baseline_steps:
        learning = BaselineConfig(steps=config.baseline_steps, seed=config.seed)
        known |= learned_baselines(data, pooled, identities, config.landmarks, learning, progress)
    tally = {name: Tally() for name in known}
    forward, rested = Tally(), Tally()
    lips = LipPenetrations(template)
    transfer = expression_transfer(identities)
    groups = _groups(data, config)
    skin = template.topology.vertices_of("skin")
    tissue = template.topology.vertex_part < SURFACE_PARTS
    with one_blas_thread():
        for number, samples in enumerate(groups):
            rng = np.random.default_rng([config.seed, int(samples[0])])
            neutral = data.neutral[data.head[samples[0]]]
            setting = setting_from_code(data.tissue_code[samples[0]])
            expressions = transfer(IdentityHead(template.topology, neutral, np.zeros(0)))
            true = 1e-3 * data.displacement_mm[samples].astype(float)
            kernel = ResidualKernel(neutral, expressions, tissue)
            rest = solved_rest(data, int(data.setting[samples[0]]))
            noise_m = 1e-3 * config.noise_mm
            task = Task(neutral, expressions, setting, layout, noise_m, kernel, rest=rest)
            frames = _observed(task, true, config, rng)
            shown = tuple(displacements for displacements, _ in frames)
            task = replace(task, recent=shown, dropped=~frames[0][1])
            for name, prepare in known.items():
                displace = prepare(task)
                for (seen, mask), moved in zip(frames, true, strict=True):
                    displace(seen, mask)  # whatever is prepared for a mask is not a frame's cost
                    start_s = time.perf_counter()
                    result = displace(seen, mask)
                    seconds = time.perf_counter() - start_s
                    tally[name].add(result, moved, task, skin, lips, seconds)
            if weights is not None:
                _forward((forward, rested), weights, task, data.weights[samples], true, skin, lips)
            progress(number + 1, len(groups))
    rows = [tally[name].row(name, config) for name in known]
    if weights is not None:
        rows.append(forward.row("SoftDECA from weights", config))
        if data.resting_mm:
            rows.append(rested.row("SoftDECA from weights, resting head solved", config))
    if config.simulated:
        rows.append(_simulated(dataset, data, groups, config, identities, skin, lips))
    return rows


def _groups(data: TrainingData, config: EvaluationConfig) -> list[np.ndarray]:
    """Return random samples of the split, those of one setting together (a method is prepared once for them)."""
    chosen = data.of_split(config.split)
    order = np.random.default_rng(config.seed).permutation(np.unique(data.setting[chosen]))
    groups, count = [], 0
    for setting in order:
        if count >= config.samples:
            break
        samples = chosen[data.setting[chosen] == setting]
        groups.append(samples)
        count += len(samples)
    if not groups:
        raise DatasetError(
            f"Expected samples of the split '{config.split}', got a dataset without any. "
            "Make one of at least 6 heads and 36 samples a head."
        )
    return groups


def _observed(task: Task, true: Float[np.ndarray, "frames vertices 3"], config: EvaluationConfig, rng):
    """Return a tracker's displacements for each frame, and the mask, which is one for the setting."""
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


def _forward(
    tallies: tuple[Tally, Tally], weights: NetworkWeights, task: Task, expressions, true, skin, lips
):
    """Add SoftDECA, which gets ARKit weights and no landmarks: as it is, and with the solved resting head in place of its own."""
    as_it_is, rested = tallies
    folded = folded_forward(weights, weights.head_code(task.neutral), task.setting)
    basis = head_basis(weights, task.neutral, task.expressions).matrix
    own_rest = (folded(np.zeros(ARKIT_COUNT, np.float32)) @ basis).reshape(-1, 3)
    correction = np.zeros_like(own_rest) if task.rest is None else (task.rest - own_rest).astype(np.float32)
    for expression, moved in zip(expressions, true, strict=True):
        start_s = time.perf_counter()
        result = (folded(expression) @ basis).reshape(-1, 3)
        seconds = time.perf_counter() - start_s
        as_it_is.add(result, moved, task, skin, lips, seconds)
        rested.add(result + correction, moved, task, skin, lips, seconds)


def _simulated(
    dataset: Path, data: TrainingData, groups, config: EvaluationConfig, identities: IdentityModel, skin, lips
) -> EvaluationRow:
    """Run the dataset's own physics on some of its samples: the cost of a frame, and the error of a repetition.

    A frame's cost is that of actuation and equilibrium; the head is layered and its tissue factored beforehand.
    """
    made = json.loads((dataset / "dataset.json").read_text(encoding="utf-8"))["config"]
    physics = physics_by_name(made["physics"], identities, made["contact"])
    layout = evaluation_layout(config.landmarks, identities.landmark_embedding())
    tally = Tally()
    with one_blas_thread():
        for sample in np.concatenate(groups)[: config.simulated]:
            neutral, setting = data.neutral[data.head[sample]], setting_from_code(data.tissue_code[sample])
            generate = physics(IdentityHead(identities.topology, neutral, np.zeros(0)))
            generate(np.zeros_like(data.weights[sample]), setting)
            start_s = time.process_time()
            result = generate(data.weights[sample].astype(float), setting).displacement
            seconds = time.process_time() - start_s
            true = 1e-3 * data.displacement_mm[sample].astype(float)
            still = np.zeros((ARKIT_COUNT, *neutral.shape))
            kernel = ResidualKernel(neutral, still, np.ones(len(neutral), bool))
            task = Task(neutral, still, setting, layout, 0.0, kernel)
            tally.add(result, true, task, skin, lips, seconds)
    return tally.row("simulation", config)

"""Trains SoftDECA, and on top of it SparseSoftDECA, and writes one file of weights.

Every step draws its batch from a stream named by seed and step, and the optimiser's state is kept beside
the log, so an interrupted run goes on as if it had not been. One thread: the layers are too small to share.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import Tensor, nn

from landmark_driver.head_model.anny_identities import load_anny_identities
from landmark_driver.head_network import tissue_prior
from landmark_driver.hypernetwork.displacement_basis import (
    fit_displacement_basis,
    fit_head_code,
    latents_of,
)
from landmark_driver.hypernetwork.expression_sampler import sample_expression
from landmark_driver.hypernetwork.landmark_layouts import LayoutSampler
from landmark_driver.hypernetwork.lip_patches import lip_separation
from landmark_driver.hypernetwork.soft_deca import SoftDECA, arrays_of, load_arrays
from landmark_driver.hypernetwork.sparse_soft_deca import LayoutBatch, SparseSoftDECA, posterior
from landmark_driver.hypernetwork.training_data import TrainingData, load_training_data
from landmark_driver.layout_posterior import nuisance_deviations, rigid_columns
from landmark_driver.network_weights import NetworkWeights, head_scale
from landmark_driver.output_file import check_output, written_whole
from landmark_driver.tissue_setting import CODE_SIZE, setting_from_code

Network = Literal["sparse", "soft"]
_CANONICAL = 256
_FORWARD, _CORRECTOR = 1, 2
_MOVES_MM, _STILL_SHARE = 0.5, 0.1
"""Vertices that move less count this much in the loss."""


@dataclass(frozen=True)
class TrainingConfig:
    network: Network = "sparse"
    seed: int = 0
    latents: int = 192
    code: int = 32
    forward_steps: int = 4000
    forward_batch: int = 192
    corrector_steps: int = 2500
    groups: int = 12
    """Heads with a tissue each in one step of the corrector's training."""
    vertices: int = 400
    """Random skin vertices on which a step measures its error."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    code_noise: float = 0.05
    """Added to identity codes while the forward network trains, in standard deviations."""
    unknown_tissue: float = 0.15
    """Share of the corrector's groups whose tissue it is not told."""
    most_noise_m: float = 0.0015
    most_dropped: float = 0.5
    checkpoint_every: int = 250
    threads: int = 1


@dataclass(frozen=True)
class TrainingReport:
    path: str
    network: str
    forward_loss_mm: float
    """Mean over moving skin vertices on heads kept from training."""
    corrector_loss_mm: float | None
    closed_form_loss_mm: float | None
    """The same without the corrector."""
    seconds: float


Progress = Callable[[int, int], None]


def train(
    dataset: Path, out: Path, config: TrainingConfig, progress: Progress = lambda done, total: None
) -> TrainingReport:
    """Trains, or goes on where an earlier run with the same configuration stopped."""
    check_output(out, (".safetensors",))
    torch.set_num_threads(config.threads)
    start_s = time.perf_counter()
    data = load_training_data(dataset)
    run = _Run(data, config, out, progress)
    forward = run.train_forward()
    corrector = run.train_corrector() if config.network == "sparse" else (None, None)
    run.write(out)
    seconds = round(time.perf_counter() - start_s, 1)
    return TrainingReport(str(out), config.network, forward, corrector[0], corrector[1], seconds)


class _Run:
    """What one training keeps at hand: data as latents, bases, modules, log."""

    def __init__(self, data: TrainingData, config: TrainingConfig, out: Path, progress: Progress):
        self.data, self.config, self.progress = data, config, progress
        identities = load_anny_identities()
        template = identities.mean()
        self.topology = template.topology
        self.skin = self.topology.vertices_of("skin")
        rng = np.random.default_rng([config.seed, 0])
        self.basis = fit_displacement_basis(data, self.topology, config.latents, rng)
        self.code = fit_head_code(data.neutral[~data.head_unseen], self.skin, config.code)
        self.scale = head_scale(data.neutral, self.skin).astype(np.float32)
        self.head_codes = self.code(data.neutral, self.skin)
        self.latents = latents_of(data, self.topology, self.basis)
        self.pooled = self.latents[data.of_split("training")]
        self.sampler = LayoutSampler(template)
        self.lips = lip_separation(template)
        torch.manual_seed(config.seed)
        condition = self.head_codes.shape[1] + CODE_SIZE
        self.soft = SoftDECA(condition, config.latents)
        self.sparse = SparseSoftDECA(condition, config.latents)
        canonical_rng = np.random.default_rng([config.seed, 3])
        self.canonical = np.stack([sample_expression(canonical_rng)[1] for _ in range(_CANONICAL)])
        self.forward_error = np.zeros((config.latents, config.latents))
        self.state = _TrainingState(out, config, data.manifest_sha256)

    # -- SoftDECA ---------------------------------------------------------------------------------

    def train_forward(self) -> float:
        data, config = self.data, self.config
        kept = data.validation_heads[data.head]
        training = data.of_split("training")
        samples, held_out = training[~kept[training]], training[kept[training]]
        for step in self._steps(_FORWARD, self.soft, config.forward_steps):
            rng = np.random.default_rng([config.seed, _FORWARD, step])
            chosen = rng.choice(samples, config.forward_batch)
            predicted = self.soft(*self._expressions(chosen, rng))
            self.state.loss = self._error(predicted, chosen, rng)
        with torch.no_grad():
            away = self.latents[held_out] - self.soft(*self._expressions(held_out)).numpy()
            error = self._error(self.soft(*self._expressions(held_out)), held_out, np.random.default_rng(0))
        self.forward_error = away.T @ away / max(len(away), 1)
        self.state.note("forward", held_out_mm=float(error))
        return round(float(error), 4)

    def _expressions(self, chosen, rng: np.random.Generator | None = None) -> tuple[Tensor, Tensor]:
        codes = self.head_codes[self.data.head[chosen]]
        if rng is not None:
            codes = codes + self.config.code_noise * rng.normal(size=codes.shape)
        condition = np.concatenate([codes, self.data.tissue_code[chosen]], 1)
        return torch.as_tensor(self.data.weights[chosen]), torch.as_tensor(condition, dtype=torch.float32)

    def _error(self, latents: Tensor, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Mean distance in mm over random skin vertices, those that hardly move counted less."""
        vertices = rng.choice(self.skin, min(self.config.vertices, len(self.skin)), replace=False)
        columns = (3 * vertices[:, None] + np.arange(3)).ravel()
        true = torch.as_tensor(self.data.displacement_mm[chosen][:, vertices].astype(np.float32))
        scale = torch.as_tensor(1e3 * self.scale[self.data.head[chosen]])[:, None, None]
        predicted = (latents @ torch.as_tensor(self.basis.basis[:, columns])).unflatten(-1, (-1, 3)) * scale
        distance = ((predicted - true).square().sum(-1) + 1e-6).sqrt()
        counts = torch.where(true.norm(dim=-1) > _MOVES_MM, 1.0, _STILL_SHARE)
        return (distance * counts).sum() / counts.sum()

    # -- SparseSoftDECA ---------------------------------------------------------------------------

    def train_corrector(self) -> tuple[float, float]:
        config, data = self.config, self.data
        priors = self._priors()
        training = data.of_split("training")
        by_setting = _grouped(data.setting, training)
        for step in self._steps(_CORRECTOR, self.sparse, config.corrector_steps):
            rng = np.random.default_rng([config.seed, _CORRECTOR, step])
            predicted, chosen, _ = self._frames(by_setting, priors, rng)
            self.state.loss = self._error(predicted, chosen, rng)
        kept = training[data.validation_heads[data.head[training]]]
        held_out = _grouped(data.setting, kept)
        errors = []
        with torch.no_grad():
            for number in range(40):
                rng = np.random.default_rng([config.seed, 4, number])
                predicted, chosen, closed_form = self._frames(held_out, priors, rng)
                pair = [
                    self._error(z, chosen, np.random.default_rng(number)) for z in (predicted, closed_form)
                ]
                errors.append([float(error) for error in pair])
        corrected, closed = np.mean(errors, 0)
        self.state.note("corrector", held_out_mm=float(corrected), closed_form_mm=float(closed))
        return round(float(corrected), 4), round(float(closed), 4)

    def _priors(self) -> dict[tuple[str, int], tuple[Tensor, Tensor]]:
        """Mean and precision for every training setting, and for every head with unknown tissue."""
        weights, data = NetworkWeights(self._arrays()), self.data
        priors = {}
        chosen = data.of_split("training")
        settings, first = np.unique(data.setting[chosen], return_index=True)
        for setting, sample in zip(settings, chosen[first], strict=True):
            code = self.head_codes[data.head[sample]]
            priors["setting", int(setting)] = self._prior(weights, code, data.tissue_code[sample])
        for head in np.unique(data.head[chosen]):
            priors["head", int(head)] = self._prior(weights, self.head_codes[head], None)
        return priors

    def _prior(self, weights: NetworkWeights, code: np.ndarray, tissue_code: np.ndarray | None):
        setting = None if tissue_code is None else setting_from_code(tissue_code)
        prior = tissue_prior(weights, code, setting)
        return _tensor(prior.mean), _tensor(np.linalg.inv(prior.covariance))

    def _frames(self, by_setting: dict[int, np.ndarray], priors, rng: np.random.Generator):
        """Predicted and closed-form latents of a random batch, and which samples they are."""
        config, data = self.config, self.data
        settings = rng.choice(list(by_setting), config.groups)
        frames = min(len(by_setting[int(s)]) for s in settings)
        chosen = np.stack([rng.choice(by_setting[int(s)], frames, replace=False) for s in settings])
        heads = data.head[chosen[:, 0]]
        unknown = rng.uniform(size=config.groups) < config.unknown_tissue
        keys = [
            ("head", int(h)) if u else ("setting", int(s))
            for h, s, u in zip(heads, settings, unknown, strict=True)
        ]
        mean, precision = (torch.stack([priors[key][i] for key in keys]) for i in range(2))
        layout, noise_std, embedding = self._layout(heads, chosen[:, 0], unknown, rng)
        seen = embedding(data.displacement_mm[chosen].astype(np.float32) * np.float32(1e-3))
        seen = seen.reshape(*chosen.shape, -1)
        jitter = rng.normal(size=(*chosen.shape, 7)) * (rng.uniform(size=(*chosen.shape, 1)) < 0.5)
        seen = seen + np.einsum("gcn,gfn->gfc", layout.nuisance.numpy(), jitter)
        seen = seen + noise_std[:, None] * rng.normal(size=seen.shape)
        z = self.sparse(_tensor(seen), layout, mean, precision)
        with torch.no_grad():
            closed_form = posterior(_tensor(seen), layout, mean, precision)[0]
        return z.flatten(0, 1), chosen.ravel(), closed_form.flatten(0, 1)

    def _layout(self, heads, samples, unknown, rng: np.random.Generator):
        """A random layout with noise of its own for every head."""
        config, data = self.config, self.data
        embedding = self.sampler(rng)
        shapes = embedding(self.basis.basis.reshape(config.latents, -1, 3)).reshape(config.latents, -1).T
        rows = self.scale[heads, None, None] * shapes
        nuisance = (
            np.stack([rigid_columns(embedding(data.neutral[h])) for h in heads]) * nuisance_deviations()
        )
        groups, landmarks = len(heads), len(embedding.weights)
        typical = rng.uniform(0, config.most_noise_m, groups) * (rng.uniform(size=groups) < 0.85) + 2e-5
        axes = np.stack([np.ones(groups), np.ones(groups), rng.uniform(1, 3, groups)], 1)
        spread = np.exp(0.3 * rng.normal(size=(groups, landmarks, 1)) * (rng.uniform() < 0.5))
        noise_std = (typical[:, None, None] * spread * axes[:, None]).reshape(groups, -1)
        left = self.basis.residual_std.reshape(-1, 3)[embedding.corners] ** 2
        left_out = (np.einsum("lkc,lk->lc", left, embedding.weights)).ravel() * self.scale[heads, None] ** 2
        precision = 1 / (noise_std**2 + left_out)
        most = config.most_dropped * (rng.uniform() < 0.6)
        dropped = rng.uniform(size=(groups, landmarks)) < rng.uniform(0, most + 1e-9, (groups, 1))
        precision = precision * np.repeat(~dropped, 3, axis=1)
        tissue = data.tissue_code[samples] * ~unknown[:, None]
        condition = np.concatenate([self.head_codes[heads], tissue], 1)
        batch = LayoutBatch(*(_tensor(a) for a in (rows, nuisance, precision, typical, condition)))
        return batch, noise_std, embedding

    # -- both -------------------------------------------------------------------------------------

    def _steps(self, stage: int, module: nn.Module, steps: int) -> Iterator[int]:
        """Optimises `self.state.loss`, which the caller sets every round; goes on from a checkpoint."""
        config = self.config
        optimiser = torch.optim.AdamW(
            module.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        begin = self.state.restore(stage, module, optimiser)
        total = config.forward_steps + (config.corrector_steps if config.network == "sparse" else 0)
        before = 0 if stage == _FORWARD else config.forward_steps
        for step in range(begin, steps):
            warm, share = min(1.0, (step + 1) / 100), step / steps
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * share)))
            yield step
            optimiser.zero_grad()
            self.state.loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimiser.step()
            self.state.log_loss(stage, step)
            self.progress(before + step + 1, total)
            if (step + 1) % config.checkpoint_every == 0 or step + 1 == steps:
                self.state.keep(stage, step + 1, module, optimiser)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {
            "basis": self.basis.basis.astype(np.float16),
            "residual_std": self.basis.residual_std,
            "skin": self.skin.astype(np.int32),
            "code_basis": self.code.basis.astype(np.float16),
            "code_mean": self.code.mean,
            "code_std": self.code.std.astype(np.float32),
            "canonical": self.canonical.astype(np.float32),
            "pooled_mean": self.pooled.mean(0),
            "pooled_covariance": np.cov(self.pooled.astype(float), rowvar=False).astype(np.float32),
            "forward_error": self.forward_error.astype(np.float32),
            **self.lips.arrays(),
            **arrays_of(self.soft, "forward"),
        }

    def write(self, out: Path) -> None:
        arrays = self._arrays()
        if self.config.network == "sparse":
            arrays |= arrays_of(self.sparse, "corrector")
        NetworkWeights(arrays, self.state.provenance()).save(out)


class _TrainingState:
    """The log (JSON) and the checkpoint (plain arrays) beside the weights."""

    def __init__(self, out: Path, config: TrainingConfig, manifest_sha256: str):
        self._log_path = out.with_suffix(".log.json")
        self._checkpoint = out.with_suffix(".checkpoint.safetensors")
        self._identity = {
            "config": asdict(config),
            "dataset_manifest_sha256": manifest_sha256,
            "versions": {name: version(name) for name in ("softdeca", "torch", "numpy", "anny")},
        }
        self.loss: Tensor = torch.zeros(())
        self._log: dict[str, Any] = {**self._identity, "losses": {}, "results": {}}
        if self._log_path.exists():
            found = json.loads(self._log_path.read_text(encoding="utf-8"))
            if all(found.get(key) == value for key, value in self._identity.items()):
                self._log = found
            else:
                self._checkpoint.unlink(missing_ok=True)

    def provenance(self) -> dict[str, Any]:
        return {**self._identity, "results": self._log["results"], "identity_model": "anny"}

    def log_loss(self, stage: int, step: int) -> None:
        if step % 50 == 0:
            losses = self._log["losses"].setdefault(_STAGES[stage], [])
            losses[:] = [row for row in losses if row[0] < step] + [
                [step, round(float(self.loss.detach()), 5)]
            ]

    def note(self, stage: str, **results: float) -> None:
        self._log["results"][stage] = {name: round(value, 5) for name, value in results.items()}
        self._write_log()

    def keep(self, stage: int, step: int, module: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        arrays = self._kept_arrays()
        arrays |= arrays_of(module, f"{_STAGES[stage]}.module")
        names = [name for name, _ in module.named_parameters()]
        for name, parameter in zip(names, optimiser.param_groups[0]["params"], strict=True):
            for moment, value in optimiser.state[parameter].items():
                arrays[f"{_STAGES[stage]}.{moment}.{name}"] = np.atleast_1d(value.numpy())
        arrays[f"{_STAGES[stage]}.step"] = np.array([step])
        with written_whole(self._checkpoint) as unfinished:
            save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, unfinished)
        self._write_log()

    def restore(self, stage: int, module: nn.Module, optimiser: torch.optim.Optimizer) -> int:
        """The step to go on from; 0 without a checkpoint."""
        prefix = _STAGES[stage] + "."
        arrays = {k.removeprefix(prefix): a for k, a in self._kept_arrays().items() if k.startswith(prefix)}
        if not arrays:
            return 0
        load_arrays(
            module, {k.removeprefix("module."): a for k, a in arrays.items() if k.startswith("module.")}
        )
        for name, parameter in module.named_parameters():
            moments = {m: torch.as_tensor(arrays[f"{m}.{name}"]) for m in ("exp_avg", "exp_avg_sq", "step")}
            optimiser.state[parameter] = {m: v.reshape(()) if m == "step" else v for m, v in moments.items()}
        return int(arrays["step"][0])

    def _kept_arrays(self) -> dict[str, np.ndarray]:
        if not self._checkpoint.exists():
            return {}
        with safe_open(self._checkpoint, "np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)

    def _write_log(self) -> None:
        with written_whole(self._log_path) as unfinished:
            unfinished.write_text(json.dumps(self._log, indent=1), encoding="utf-8")


_STAGES = {_FORWARD: "forward", _CORRECTOR: "corrector"}


def _grouped(numbers: np.ndarray, chosen: np.ndarray) -> dict[int, np.ndarray]:
    return {int(number): chosen[numbers[chosen] == number] for number in np.unique(numbers[chosen])}


def _tensor(array: np.ndarray) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)

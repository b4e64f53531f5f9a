"""The log (JSON) and the checkpoint (plain arrays) beside the network weights: an interrupted training goes on."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import Tensor, nn

from capture.output_file import written_whole
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.hypernetwork.networks.soft_deca import arrays_of, load_arrays
from landmark_driver.hypernetwork.training.training_config import TrainingConfig

_NETWORK = "forward"
"""The network's name in the log."""


class TrainingState:
    """The log (JSON) and the checkpoint (plain arrays) beside the network weights."""

    def __init__(self, out: Path, config: TrainingConfig, data: TrainingData):
        self._log_path = out.with_suffix(".log.json")
        self._checkpoint = out.with_suffix(".checkpoint.safetensors")
        self._identity = {
            "config": asdict(config),
            "dataset_manifest_sha256": data.manifest_sha256,
            "identity_model": data.identity_model,
            "versions": {name: version(name) for name in ("softdeca", "torch", "numpy")},
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
        """Return the configuration, checksums, versions and results of the training.

        Returns:
            The entries for the header of a file of network weights.
        """
        return {**self._identity, "results": self._log["results"]}

    def log_loss(self, step: int) -> None:
        """Add `loss` to the log at every fiftieth step; later losses of an earlier run are dropped.

        Args:
            step: the step's number.
        """
        if step % 50 == 0:
            losses = self._log["losses"].setdefault(_NETWORK, [])
            losses[:] = [row for row in losses if row[0] < step] + [
                [step, round(float(self.loss.detach()), 5)]
            ]

    def note(self, **results: float) -> None:
        """Write the results of the training into the log.

        Args:
            results: numbers by name, errors in millimetres.
        """
        self._log["results"][_NETWORK] = {name: round(value, 5) for name, value in results.items()}
        self._write_log()

    def keep(self, step: int, module: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        """Write a checkpoint, and the log.

        Args:
            step: the number of steps done.
            module: the network.
            optimiser: its optimiser, whose moments are kept too.
        """
        arrays = arrays_of(module, "module")
        names = [name for name, _ in module.named_parameters()]
        for name, parameter in zip(names, optimiser.param_groups[0]["params"], strict=True):
            for moment, value in optimiser.state[parameter].items():
                arrays[f"{moment}.{name}"] = np.atleast_1d(value.numpy())
        arrays["step"] = np.array([step])
        with written_whole(self._checkpoint) as unfinished:
            save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, unfinished)
        self._write_log()

    def restore(self, module: nn.Module, optimiser: torch.optim.Optimizer) -> int:
        """Copy the checkpoint into the network and its optimiser, and return the step to go on from.

        Args:
            module: the network, changed in place.
            optimiser: its optimiser, changed in place.

        Returns:
            The number of steps done; 0 without a checkpoint.
        """
        if not self._checkpoint.exists():
            return 0
        with safe_open(self._checkpoint, "np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        load_arrays(
            module, {k.removeprefix("module."): a for k, a in arrays.items() if k.startswith("module.")}
        )
        for name, parameter in module.named_parameters():
            moments = {m: torch.as_tensor(arrays[f"{m}.{name}"]) for m in ("exp_avg", "exp_avg_sq", "step")}
            optimiser.state[parameter] = {m: v.reshape(()) if m == "step" else v for m, v in moments.items()}
        return int(arrays["step"][0])

    def _write_log(self) -> None:
        with written_whole(self._log_path) as unfinished:
            unfinished.write_text(json.dumps(self._log, indent=1), encoding="utf-8")

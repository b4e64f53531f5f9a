"""`softdeca train`: the network weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from softdeca.commands.terminal import show_progress


@dataclass(frozen=True)
class Train:
    """Train the networks on a dataset; run again to go on after an interruption."""

    dataset: Annotated[Path, tyro.conf.Positional]
    out: Path
    """The network weights to write (.safetensors); log and checkpoint lie beside them."""
    network: Literal["sparse", "soft"] = "sparse"
    """sparse: landmarks to vertices; soft: ARKit weights to vertices. Both train the same: sparse is a closed form over soft."""
    seed: int = 0
    latents: int = 128
    forward_steps: int = 6000
    threads: int = 1
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Train the networks and write their weights.

        Returns:
            The report: losses in millimetres, time in seconds.
        """
        from landmark_driver.hypernetwork.training.train_network import train
        from landmark_driver.hypernetwork.training.training_config import TrainingConfig
        from landmark_driver.identities.load_identities import load_identities

        names = ("seed", "latents", "forward_steps", "threads")
        config = TrainingConfig(**{name: getattr(self, name) for name in names})
        report = train(self.dataset, self.out, config, load_identities(), show_progress("steps"))
        return asdict(report) | {"network": self.network}

"""`softdeca dataset`: training data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from landmark_driver.identities.identity_names import DEFAULT_IDENTITIES
from softdeca.commands.choices import IdentitiesChoice
from softdeca.commands.terminal import show_progress
from softdeca.commands.usage_error import UsageError


@dataclass(frozen=True)
class Dataset:
    """Make training data; run again to go on after an interruption."""

    out: Path
    heads: int = 180
    expressions: int = 48
    """Samples of each head."""
    seed: int = 0
    workers: int = 1
    scheduler: str | None = None
    """Address of a Dask scheduler whose workers see the same folder; instead of --workers."""
    physics: Literal["simulation", "stand-in"] = "simulation"
    """The motion of the heads. The stand-in only resembles tissue: it is for developing networks."""
    contact: bool = False
    """Let lips, cheeks and teeth push each other apart in the simulation."""
    identities: IdentitiesChoice = DEFAULT_IDENTITIES
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Make the dataset.

        Returns:
            The folder's path, and the numbers of samples and failures.

        Raises:
            UsageError: for numbers below 1.
        """
        from landmark_driver.hypernetwork.data.make_dataset import DatasetConfig, make_dataset

        if min(self.heads, self.expressions, self.workers) < 1:
            got = f"{self.heads}, {self.expressions} and {self.workers}"
            raise UsageError(
                f"Expected at least 1 for --heads, --expressions and --workers, got {got}. Raise them."
            )
        config = DatasetConfig(
            self.heads,
            self.expressions,
            self.seed,
            self.physics,
            self.contact,
            identities=self.identities,
        )
        manifest = make_dataset(self.out, config, self.workers, self.scheduler, show_progress("heads"))
        return {"path": str(self.out)} | {name: manifest[name] for name in ("samples", "failures")}

"""`softdeca evaluate`: the drivers' errors in a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from softdeca.commands.terminal import say, show_progress
from softdeca.commands.usage_error import UsageError

_LARGEST_YAW_DEG = 45.0


@dataclass(frozen=True)
class Evaluate:
    """Measure drivers against heads with known vertices."""

    closed_loop: bool = False
    """Draw heads, let MediaPipe see them, drive, and compare."""
    real: Path | None = None
    """Drive the default head with every video of this folder, and measure each stage beside the person's own points."""
    strips: Path | None = None
    """With --real: a folder for film strips, the picture above the head."""
    scan: Path | None = None
    """A character made from a scan: drive it by some of its own vertices, whose motion --known has."""
    known: Path | None = None
    """With --scan: .npz with displacement_m (E, V, 3) of the scan's vertices in its own axes, and landmarks_68 (68,)."""
    vertices: int | None = None
    """With --scan: so many of its vertices count, from the first."""
    edits: bool = False
    """Simulate edits of tissue on held-out heads and compare the networks' effects; long, and a stopped run goes on."""
    tables: bool = True
    """With --edits: settle tables of shapes as well, by far the longest part."""
    mouth: bool = False
    """Count poses that show teeth through closed lips, crowns in tissue, and teeth outside the skin."""
    head: str = "default"
    """With --mouth: a character file, or 'default'."""
    dataset: Path | None = None
    """A dataset whose held-out samples to measure on, instead of the ones that ship."""
    weights: Path | None = None
    """Trained network weights, instead of the ones that ship."""
    split: Literal["unseen-heads", "unseen-expressions", "both"] = "both"
    landmarks: Literal[20, 68, 478] = 478
    noise: float = 0.0
    """Landmark noise per axis, mm."""
    drop: float = 0.0
    """Fraction of the landmarks that is not seen."""
    jitter: tuple[float, float] = (0.0, 0.0)
    """Head-pose jitter: mm and degrees per axis."""
    samples: int = 150
    baseline_steps: int = 0
    """Train the plain MLP, and at 68 points S2D-Dec, for so many steps and add their rows."""
    simulated: int = 0
    """Simulate so many of the samples again, for the time that takes."""
    heads: int = 3
    """With --closed-loop or --edits."""
    mixtures: int = 30
    """With --closed-loop, --edits or --mouth: random expressions for each head."""
    natural: int = 60
    """With --closed-loop: so many natural combinations for each head."""
    take: Path | None = None
    """With --closed-loop: the Live Link Face recording that they come from, instead of the statistics that ship."""
    expressions: tuple[Literal["single", "random", "natural"], ...] = ("single", "random", "natural")
    """With --closed-loop: what the heads act."""
    appearance: Literal["plain", "textured"] = "plain"
    """With --closed-loop: textured heads have spots, stubble, uneven light and a noisy camera."""
    pictures: bool = False
    """With --closed-loop: one more row for the driver that is told what pictures show, on the performer's own head."""
    yaw: float = 0.0
    """With --closed-loop: degrees by which the camera looks from the side."""
    seed: int = 1
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Measure the drivers and show a table.

        Returns:
            The table's rows, as values for JSON.

        Raises:
            UsageError: for noise or fractions that cannot be.
        """
        if self.real is not None:
            return self._on_real_faces(self.real)
        if self.strips is not None:
            raise UsageError(
                f"Expected --real FOLDER with --strips, got --strips {self.strips} alone. Name the videos' folder."
            )
        if (self.scan is None) != (self.known is None):
            raise UsageError(
                f"Expected --scan and --known together, got {self.scan} and {self.known}. Give both, or none."
            )
        if self.scan is not None:
            measured = self._on_scan
        elif self.mouth:
            measured = self._mouth
        else:
            measured = (
                self._edits if self.edits else self._closed_loop if self.closed_loop else self._on_dataset
            )
        rows = measured()
        say(table([asdict(row) for row in rows]))
        return {"rows": [asdict(row) for row in rows]}

    def _trained(self):
        from landmark_driver.network.network_weights import NetworkWeights
        from landmark_driver.network.shipped_networks import shipped_weights

        return shipped_weights() if self.weights is None else NetworkWeights.load(self.weights)

    def _on_real_faces(self, folder: Path) -> dict[str, Any]:
        from landmark_driver.character import Character
        from landmark_driver.real_faces.evaluate_clips import evaluate_clips, signal_table

        found = evaluate_clips(folder, Character.load("default"), self.strips, progress=say)
        clips = [asdict(row) for row in found.clips]
        say("Correlation; amplitude ratio with the person's own points")
        say(table(signal_table(found)))
        say(table(clips))
        return {"rows": [asdict(row) for row in found.signals], "clips": clips}

    def _on_scan(self):
        from landmark_driver.character import Character
        from landmark_driver.head_fit.evaluation.evaluate_expressions import (
            compare_methods,
            nearest_vertices,
            read_expressions,
        )

        assert self.scan is not None and self.known is not None
        character = Character.load(self.scan)
        if character.scan is None or self.landmarks == 20:
            raise UsageError(
                f"Expected a character of 'softdeca head fit' and 68 or 478 landmarks, got '{self.scan}' "
                f"and {self.landmarks}. Fit the scan, and choose one of these."
            )
        known = read_expressions(self.known, character.scan)
        if self.landmarks == 478:
            known = nearest_vertices(character, known)
        return compare_methods(character, known, self.vertices, self.noise)

    def _mouth(self):
        from landmark_driver.character import Character
        from landmark_driver.hypernetwork.evaluation.mouth_counts import mouth_counts

        if self.mixtures < 1:
            raise UsageError(
                f"Expected --mixtures of at least 1, got {self.mixtures}. Choose another number."
            )
        character = Character.load(self.head)
        return mouth_counts(character, self.mixtures, self.seed, show_progress("poses"))

    def _closed_loop(self):
        from landmark_driver.hypernetwork.evaluation.closed_loop import Acting, closed_loop
        from landmark_driver.identities.load_identities import load_identities

        if min(self.natural, self.mixtures) < 0 or abs(self.yaw) > _LARGEST_YAW_DEG:
            raise UsageError(
                f"Expected --natural and --mixtures of at least 0 and --yaw within {_LARGEST_YAW_DEG} degrees, "
                f"got {self.natural}, {self.mixtures} and {self.yaw}. Choose other values."
            )
        acting = Acting(
            single="single" in self.expressions,
            mixtures=self.mixtures if "random" in self.expressions else 0,
            natural=self.natural if "natural" in self.expressions else 0,
            take=self.take,
            textured=self.appearance == "textured",
            looks_at_pictures=self.pictures,
            yaw_deg=self.yaw,
        )
        return closed_loop(load_identities(), self.heads, acting, self.seed, say, self._trained())

    def _edits(self):
        from landmark_driver.head.cache_folder import cache_folder
        from landmark_driver.hypernetwork.data.training_data import load_training_data
        from landmark_driver.hypernetwork.evaluation.edit_effects import EditsConfig, measure_edits
        from landmark_driver.identities.load_identities import load_identities
        from landmark_driver.network.shipped_networks import HELD_OUT_PATH

        if min(self.heads, self.mixtures) < 1:
            raise UsageError(
                f"Expected --heads and --mixtures of at least 1, got {self.heads} and {self.mixtures}. Choose other values."
            )
        return measure_edits(
            load_training_data(self.dataset or HELD_OUT_PATH),
            self._trained(),
            load_identities(),
            cache_folder() / "solved_edits",
            EditsConfig(self.heads, self.mixtures, self.tables),
            show_progress("expressions"),
        )

    def _on_dataset(self):
        from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig
        from landmark_driver.hypernetwork.evaluation.evaluate_methods import evaluate
        from landmark_driver.identities.load_identities import load_identities
        from landmark_driver.network.shipped_networks import HELD_OUT_PATH

        if self.noise < 0 or not 0 <= self.drop < 1:
            raise UsageError(
                "Expected --noise of at least 0 and --drop from 0 to below 1, "
                f"got {self.noise} and {self.drop}. Choose other values."
            )
        config = EvaluationConfig(
            self.split,
            self.landmarks,
            self.noise,
            self.drop,
            *self.jitter,
            self.samples,
            self.seed,
            self.baseline_steps,
            self.simulated,
        )
        dataset = self.dataset or HELD_OUT_PATH
        return evaluate(
            dataset, self._trained(), config, load_identities(), progress=show_progress("settings")
        )


def table(rows: list[dict[str, Any]]) -> str:
    """Return rows as a Markdown table.

    Args:
        rows: the table's rows, each a cell by column; all have the same columns.

    Returns:
        The table's lines.
    """
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    return "\n".join(lines + ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows])

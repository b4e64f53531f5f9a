"""The configuration of an evaluation, and the errors of one method, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.hypernetwork.data.moving_vertices import MOVES_MM
from landmark_driver.hypernetwork.evaluation.baselines import Task
from landmark_driver.hypernetwork.evaluation.lip_penetrations import LipPenetrations
from landmark_driver.tissue.tissue_setting import SAME_TISSUE


@dataclass(frozen=True)
class EvaluationConfig:
    """The samples, layout and disturbances of an evaluation."""

    split: str = "both"
    landmarks: int = 478
    noise_mm: float = 0.0
    """The standard deviation of the landmarks' noise per axis."""
    drop: float = 0.0
    """The fraction of the landmarks that are unseen throughout a setting."""
    jitter_mm: float = 0.0
    jitter_deg: float = 0.0
    """The standard deviation per axis of head-pose jitter, which is declared to no method."""
    samples: int = 150
    seed: int = 0
    baseline_steps: int = 0
    """Train the baselines that learn (plain MLP; at 68 points S2D-Dec) for this many steps; 0 leaves them out."""
    simulated: int = 0
    """Simulate this many of the samples again and time it."""


@dataclass(frozen=True)
class EvaluationRow:
    """The errors and cost of one method."""

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
    usual_mm: float | None
    """The mean over samples of default tissue; None without such samples."""
    edited_mm: float | None
    """The mean over samples with other materials, gravity or bones; None without such samples."""


class Tally:
    """Errors of one method, sample by sample."""

    def __init__(self) -> None:
        self.means, self.largest, self.penetrations, self.seconds = [], 0.0, 0, []
        self.usual: list[bool] = []

    def add(self, result, true, task: Task, skin, lips: LipPenetrations, seconds: float) -> None:
        """Add a sample; errors count only where the expression moves some skin by more than `MOVES_MM`.

        Args:
            result: (V, 3) metres, head frame: the method's displacements.
            true: (V, 3) metres, head frame: the sample's displacements.
            task: the sample's head and tissue.
            skin: (S,) the skin's vertices.
            lips: counts crossing lip triangles.
            seconds: the time of the frame.
        """
        moving = np.linalg.norm(true[skin], axis=1) > 1e-3 * MOVES_MM
        self.seconds.append(seconds)
        if moving.any():
            error = 1e3 * np.linalg.norm(result[skin] - true[skin], axis=1)[moving]
            self.means.append(error.mean())
            self.largest = max(self.largest, float(error.max()))
            self.penetrations += lips(task.neutral + result)
            self.usual.append(bool(np.abs(task.setting.code()).max() < SAME_TISSUE))

    def row(self, method: str, config: EvaluationConfig) -> EvaluationRow:
        """Return mean and percentile over samples of each sample's mean, and the maximum over everything.

        Args:
            method: the method's name.
            config: the evaluation's configuration.

        Returns:
            The row; errors in millimetres, the median time in milliseconds.
        """
        means, usual = np.array(self.means), np.array(self.usual, bool)
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
            usual_mm=_mean(means[usual]),
            edited_mm=_mean(means[~usual]),
        )


def _mean(errors: Float[np.ndarray, "samples"]) -> float | None:
    return round(float(errors.mean()), 4) if len(errors) else None

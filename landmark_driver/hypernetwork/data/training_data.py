"""A dataset in memory, in the form that training and evaluation use."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from landmark_driver.hypernetwork.data.dataset_error import DatasetError
from landmark_driver.hypernetwork.data.dataset_files import read_head, read_samples, sha256
from landmark_driver.hypernetwork.data.resting_heads import Heads, read_resting
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import learned_setting

_COLUMNS = ["sample", "split", "setting", "weights", "regions", "gravity", "bones", "displacement"]
_SPLITS = {
    "training": ("seen-head", "seen-expression"),
    "unseen-heads": ("unseen-head", "seen-expression"),
    "unseen-expressions": ("seen-head", "unseen-expression"),
    "both": ("unseen-head", "unseen-expression"),
}
SPLITS = tuple(_SPLITS)[1:]
_VALIDATION = 6
"""Every sixth of the heads to train on is kept from the forward network, so that its error can be measured."""


@dataclass(frozen=True)
class TrainingData:
    """All samples of a dataset, with displacements as half floats to save memory.

    Neutral vertices are in metres, displacements in millimetres, both in the head frame.
    """

    neutral: Float[np.ndarray, "heads vertices 3"]
    head_numbers: Int[np.ndarray, "heads"]
    head_unseen: Bool[np.ndarray, "heads"]
    head: Int[np.ndarray, "samples"]
    """The row of `neutral`."""
    setting: Int[np.ndarray, "samples"]
    """The number of the setting; samples of equal number have head and tissue in common."""
    expression_unseen: Bool[np.ndarray, "samples"]
    weights: Float[np.ndarray, "samples 52"]
    tissue_code: Float[np.ndarray, "samples code"]
    displacement_mm: Float[np.ndarray, "samples vertices 3"]
    manifest_sha256: str
    identity_model: str
    """The name of the identity model of the heads."""
    resting_mm: Heads
    """Solved resting heads by the number of the setting, as far as the dataset has them; see `solved_rest`."""

    def of_split(self, split: str) -> Int[np.ndarray, "chosen"]:
        """Return the samples of a split.

        Args:
            split: `training`, or one of `SPLITS`.

        Returns:
            (n,) rows of the samples, in ascending order.
        """
        head_split, expression_split = _SPLITS[split]
        heads = self.head_unseen[self.head] == (head_split == "unseen-head")
        expressions = self.expression_unseen == (expression_split == "unseen-expression")
        return np.flatnonzero(heads & expressions)

    @cached_property
    def validation_heads(self) -> Bool[np.ndarray, "heads"]:
        """Return the mask of the heads to train on that are kept from the forward network."""
        seen = np.unique(self.head_numbers[~self.head_unseen])
        return np.isin(self.head_numbers, seen[_VALIDATION - 1 :: _VALIDATION])


def load_training_data(
    folder: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> TrainingData:
    """Return a complete dataset.

    Args:
        folder: the dataset's folder.
        progress: called with the number of heads read and of all heads.

    Returns:
        The dataset.

    Raises:
        DatasetError: for a folder without a manifest.
    """
    manifest_path = folder / "manifest.json"
    if not manifest_path.is_file():
        raise DatasetError(
            f"Expected a complete dataset in '{folder}', got none with a manifest.json. "
            "Make it, or let it finish, with 'softdeca dataset --out FOLDER'."
        )
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    heads, parts, settings = [], [], 0
    resting_mm: Heads = {}
    for row, facts in enumerate(manifest["heads"]):
        heads.append(read_head(folder, facts["head"]))
        columns = read_samples(folder, facts["head"], _COLUMNS)
        for number, moved_mm in read_resting(folder, facts["head"]).items():
            resting_mm[settings + number] = moved_mm
        columns["setting"] = columns["setting"] + settings
        settings = int(columns["setting"].max()) + 1
        columns["head"] = np.full(len(columns["sample"]), row)
        columns["code"] = np.array([_code(*row) for row in _tissue_rows(columns)])
        columns["displacement"] = (1e3 * columns["displacement"]).astype(np.float16)
        parts.append(columns)
        progress(row + 1, len(manifest["heads"]))

    def joined(name: str) -> np.ndarray:
        return np.concatenate([part[name] for part in parts])

    return TrainingData(
        neutral=np.stack([head.vertices for head in heads]),
        head_numbers=np.array([head.number for head in heads]),
        head_unseen=np.array([head.split == "unseen-head" for head in heads]),
        head=joined("head"),
        setting=joined("setting"),
        expression_unseen=joined("split") == "unseen-expression",
        weights=joined("weights").astype(np.float32),
        tissue_code=joined("code").astype(np.float32),
        displacement_mm=joined("displacement"),
        manifest_sha256=sha256(manifest_path),
        identity_model=manifest.get("identity_model", DEFAULT_IDENTITIES),
        resting_mm=resting_mm,
    )


def solved_rest(data: TrainingData, setting: int) -> Float[np.ndarray, "vertices 3"] | None:
    """Return the solved resting head of an edited setting: zero weights, the setting's tissue, gravity and bones.

    Args:
        data: the dataset.
        setting: the number of the setting, as in `data.setting`.

    Returns:
        (V, 3) metres, head frame, from the default neutral head, as `data.displacement_mm` is; None for the default setting
        and where the dataset has no resting head.
    """
    moved_mm = data.resting_mm.get(setting)
    return None if moved_mm is None else 1e-3 * moved_mm.astype(float)


def _tissue_rows(columns: dict[str, np.ndarray]):
    return zip(columns["regions"], columns["gravity"], columns["bones"], strict=True)


def _code(regions: np.ndarray, gravity: np.ndarray, bones: np.ndarray) -> np.ndarray:
    return learned_setting(regions.reshape(len(REGIONS), -1), gravity, bones).code()

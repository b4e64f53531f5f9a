"""Keeps the part of a dataset that `softdeca evaluate` needs, small enough to ship: samples that no training has seen.

`python -m landmark_driver.hypernetwork.held_out.keep_held_out DATASET [--out FOLDER]`. The result is a dataset itself. It has
a part of the samples of each split, heads taken evenly, the pooled basis of the baselines, fitted to the
training samples that are left behind, and the solved resting head of each edited setting.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from capture.output_file import written_whole
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.hypernetwork.data.dataset_files import (
    Sample,
    head_facts,
    head_path,
    read_samples,
    sha256,
    write_samples,
)
from landmark_driver.hypernetwork.data.pooled_basis import pooled_basis, pooled_path
from landmark_driver.hypernetwork.data.training_data import SPLITS, TrainingData, load_training_data
from landmark_driver.hypernetwork.held_out.solve_resting_heads import solve_resting_heads
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.network.shipped_networks import HELD_OUT_PATH, shipped_weights
from landmark_driver.tissue.tissue_parameters import REGIONS


@dataclass(frozen=True)
class KeepHeldOut:
    """The dataset, and the size of the part to keep."""

    dataset: Annotated[Path, tyro.conf.Positional]
    out: Path = HELD_OUT_PATH
    heads: int = 9
    """The most heads of each split."""
    samples: int = 6
    """The most samples of each of those heads."""
    identities: str = DEFAULT_IDENTITIES
    """The identity model, named as in `softdeca simulate --identities`."""


def keep_held_out(asked: KeepHeldOut, components: int, identities: IdentityModel) -> dict[str, int]:
    """Replace the folder `asked.out` by the held-out part of a dataset, and return the number of samples of each split.

    Args:
        asked: the dataset, the folder and the size.
        components: the number of latents of the pooled basis.
        identities: the dataset's identity model.

    Returns:
        The number of samples by split.

    Raises:
        DatasetError: for a folder without a complete dataset.
    """
    data = load_training_data(asked.dataset)
    kept = {split: _chosen(data, split, asked) for split in SPLITS}
    rows = np.sort(np.concatenate(list(kept.values())))
    shutil.rmtree(asked.out, ignore_errors=True)
    (asked.out / "heads").mkdir(parents=True)
    shutil.copy(asked.dataset / "dataset.json", asked.out)
    for head in np.unique(data.head[rows]):
        number = int(data.head_numbers[head])
        own = rows[data.head[rows] == head] - np.flatnonzero(data.head == head)[0]
        shutil.copy(head_path(asked.dataset, number), head_path(asked.out, number))
        write_samples(asked.out, number, _samples(asked.dataset, number, own))
    _write_manifest(asked)
    whole = pooled_path(asked.dataset, components, data.manifest_sha256)
    pooled_basis(data, components, asked.dataset, identities.template())
    shutil.copy(whole, pooled_path(asked.out, components, sha256(asked.out / "manifest.json")))
    solve_resting_heads(asked.out, identities)
    return {split: len(chosen) for split, chosen in kept.items()}


def _chosen(data: TrainingData, split: str, asked: KeepHeldOut) -> np.ndarray:
    """Return rows of the split: heads evenly apart, and of each the first samples, default tissue before others."""
    rows = data.of_split(split)
    heads = np.unique(data.head[rows])
    heads = heads[np.linspace(0, len(heads) - 1, min(asked.heads, len(heads))).astype(int)]
    return np.concatenate([rows[data.head[rows] == head][: asked.samples] for head in heads])


def _samples(dataset: Path, number: int, chosen: np.ndarray) -> list[Sample]:
    columns = read_samples(dataset, number)
    return [
        Sample(
            number=int(columns["sample"][row]),
            split=str(columns["split"][row]),
            kind=str(columns["kind"][row]),
            setting_number=int(columns["setting"][row]),
            weights=columns["weights"][row],
            regions=columns["regions"][row].reshape(len(REGIONS), -1),
            gravity=columns["gravity"][row],
            bones=columns["bones"][row],
            displacement=columns["displacement"][row],
            state=json.loads(str(columns["state"][row])),
        )
        for row in chosen
    ]


def _write_manifest(asked: KeepHeldOut) -> None:
    whole = json.loads((asked.dataset / "manifest.json").read_text(encoding="utf-8"))
    numbers = [facts["head"] for facts in whole["heads"] if head_path(asked.out, facts["head"]).exists()]
    heads = [head_facts(asked.out, number) for number in numbers]
    kept_of = {"manifest_sha256": sha256(asked.dataset / "manifest.json"), "samples": whole["samples"]}
    manifest = whole | {
        "heads": heads,
        "samples": sum(head["samples"] for head in heads),
        "failures": 0,
        "kept_of": kept_of,
    }
    with written_whole(asked.out / "manifest.json") as unfinished:
        unfinished.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    _asked = tyro.cli(KeepHeldOut)
    print(keep_held_out(_asked, shipped_weights().latents, load_identities(_asked.identities)))

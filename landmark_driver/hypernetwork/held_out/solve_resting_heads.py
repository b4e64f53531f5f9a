"""Solves the resting head of each edited setting that no training has seen, by the dataset's own physics.

`python -m landmark_driver.hypernetwork.held_out.solve_resting_heads [FOLDER]`. The face has no expression, so one solve a setting
is enough. Only the split "both", unseen heads and unseen expressions, gets them: 45 settings of 12 kB among the samples that
ship. Heads that are solved already are left as they are: a run that was stopped goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.dataset_files import read_head, read_samples
from landmark_driver.hypernetwork.data.physics_by_name import physics_by_name
from landmark_driver.hypernetwork.data.resting_heads import Heads, resting_path, write_resting
from landmark_driver.hypernetwork.data.sample_generator import Physics, SampleFailed
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.network.shipped_networks import HELD_OUT_PATH
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import SAME_TISSUE, TissueSetting, learned_setting

_HEADS, _EXPRESSIONS = "unseen-head", "unseen-expression"


@dataclass(frozen=True)
class SolveRestingHeads:
    """The dataset, and the identity model of its heads."""

    folder: Annotated[Path, tyro.conf.Positional] = HELD_OUT_PATH
    identities: str = DEFAULT_IDENTITIES
    """The identity model, named as in `softdeca simulate --identities`."""


def solve_resting_heads(
    folder: Path, identities: IdentityModel, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Write the resting heads of a dataset's edited settings of the split "both" beside its samples.

    Args:
        folder: a complete dataset.
        identities: the dataset's identity model.
        progress: called with the number of heads done and of all.

    Returns:
        The number of settings without an equilibrium, which are left out.
    """
    made = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))["config"]
    physics = physics_by_name(made["physics"], identities, made["contact"])
    heads = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["heads"]
    failures = 0
    for done, facts in enumerate(heads, 1):
        head = read_head(folder, facts["head"])
        if head.split == _HEADS and not resting_path(folder, head.number).exists():
            settings = _edited_settings(folder, head.number)
            neutral = IdentityHead(identities.topology, head.vertices, head.coefficients)
            resting_mm = _solved(physics, neutral, settings)
            failures += len(settings) - len(resting_mm)
            write_resting(folder, head.number, resting_mm, physics.settings)
        progress(done, len(heads))
    return failures


def _edited_settings(folder: Path, number: int) -> dict[int, TissueSetting]:
    columns = read_samples(folder, number, ["setting", "split", "regions", "gravity", "bones"])
    settings = {
        int(setting): learned_setting(regions.reshape(len(REGIONS), -1), gravity, bones)
        for setting, split, regions, gravity, bones in zip(*columns.values(), strict=True)
        if split == _EXPRESSIONS
    }
    return {number: one for number, one in settings.items() if np.abs(one.code()).max() >= SAME_TISSUE}


def _solved(physics: Physics, head: IdentityHead, settings: dict[int, TissueSetting]) -> Heads:
    generate, resting_mm = physics(head), {}
    for number, setting in settings.items():
        try:
            resting_mm[number] = 1e3 * generate(np.zeros(ARKIT_COUNT), setting).displacement
        except SampleFailed:
            continue
    return resting_mm


if __name__ == "__main__":
    _asked = tyro.cli(SolveRestingHeads)
    _failures = solve_resting_heads(
        _asked.folder,
        load_identities(_asked.identities),
        lambda done, total: print(f"{done} of {total} heads", flush=True),
    )
    print(f"{_failures} settings without an equilibrium")

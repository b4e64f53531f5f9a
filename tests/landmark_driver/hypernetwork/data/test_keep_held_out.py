"""What ships for `evaluate` is a dataset of samples that no training has seen, unchanged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from landmark_driver.hypernetwork.data.keep_held_out import KeepHeldOut, keep_held_out
from landmark_driver.hypernetwork.data.make_dataset import make_dataset
from landmark_driver.hypernetwork.data.pooled_basis import pooled_basis
from landmark_driver.hypernetwork.data.sample_plan import DatasetConfig
from landmark_driver.hypernetwork.data.training_data import SPLITS, TrainingData, load_training_data
from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig
from landmark_driver.hypernetwork.evaluation.evaluate_methods import evaluate
from landmark_driver.identities.anny_identities import load_anny_identities

COMPONENTS = 10


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    make_dataset(folder, DatasetConfig(heads=8, expressions=36, seed=3, physics="stand-in"))
    return folder


@pytest.fixture(scope="module")
def kept(dataset, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("kept") / "held_out"
    counts = keep_held_out(
        KeepHeldOut(dataset, out, heads=3, samples=4), COMPONENTS, load_anny_identities().template()
    )
    assert counts == {"unseen-heads": 4, "unseen-expressions": 12, "both": 4}
    return out


def by_content(data: TrainingData, split: str) -> dict[bytes, np.ndarray]:
    return {
        data.weights[r].tobytes() + data.tissue_code[r].tobytes(): data.displacement_mm[r]
        for r in data.of_split(split)
    }


def test_no_sample_was_trained_on_and_all_are_what_they_were(dataset, kept):
    whole, shipped = load_training_data(dataset), load_training_data(kept)
    assert len(shipped.of_split("training")) == 0
    for split in SPLITS:
        known = by_content(whole, split)
        for content, displacement in by_content(shipped, split).items():
            assert np.array_equal(known[content], displacement)


def test_the_baselines_know_what_the_training_samples_told_them(dataset, kept):
    """The kept samples alone could not tell: none of them is for training."""
    whole = pooled_basis(load_training_data(dataset), COMPONENTS, dataset, load_anny_identities().template())
    shipped = pooled_basis(load_training_data(kept), COMPONENTS, kept, load_anny_identities().template())
    assert np.array_equal(whole.basis, shipped.basis) and np.array_equal(whole.covariance, shipped.covariance)


def test_it_can_be_evaluated(kept):
    rows = evaluate(kept, None, EvaluationConfig("both", 20, samples=4), load_anny_identities())
    assert {row.samples for row in rows} == {4}

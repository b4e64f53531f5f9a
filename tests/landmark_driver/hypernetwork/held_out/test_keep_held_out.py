"""What ships for `evaluate` is a dataset of samples that no training has seen, unchanged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.make_dataset import make_dataset
from landmark_driver.hypernetwork.data.physics_by_name import physics_by_name
from landmark_driver.hypernetwork.data.pooled_basis import pooled_basis
from landmark_driver.hypernetwork.data.sample_plan import DatasetConfig
from landmark_driver.hypernetwork.data.training_data import (
    SPLITS,
    TrainingData,
    load_training_data,
    solved_rest,
)
from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig
from landmark_driver.hypernetwork.evaluation.evaluate_methods import evaluate
from landmark_driver.hypernetwork.held_out.keep_held_out import KeepHeldOut, keep_held_out
from landmark_driver.hypernetwork.held_out.solve_resting_heads import solve_resting_heads
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.network.shipped_networks import HELD_OUT_PATH, shipped_weights
from landmark_driver.tissue.tissue_setting import SAME_TISSUE, setting_from_code

COMPONENTS = 10


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    make_dataset(folder, DatasetConfig(heads=8, expressions=36, seed=3, physics="stand-in"))
    return folder


@pytest.fixture(scope="module")
def kept(dataset, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("kept") / "held_out"
    counts = keep_held_out(KeepHeldOut(dataset, out, heads=3, samples=4), COMPONENTS, load_anny_identities())
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


def test_every_edited_setting_has_the_resting_head_that_the_physics_gives_without_an_expression(kept):
    data, identities = load_training_data(kept), load_anny_identities()
    physics = physics_by_name("stand-in", identities)
    edited = np.abs(data.tissue_code).max(1) >= SAME_TISSUE
    edited &= np.isin(np.arange(len(edited)), data.of_split("both"))
    assert data.resting_mm.keys() == set(data.setting[edited].tolist())
    for row in np.flatnonzero(edited)[:3]:
        head = IdentityHead(identities.topology, data.neutral[data.head[row]], np.zeros(0))
        true = physics(head)(np.zeros(52), setting_from_code(data.tissue_code[row])).displacement
        rest = solved_rest(data, int(data.setting[row]))
        assert rest is not None and np.abs(true).max() > 1e-4
        assert np.abs(rest - true).max() < 1e-5
    for row in np.flatnonzero(~edited):
        assert solved_rest(data, int(data.setting[row])) is None


def test_resting_heads_that_are_there_are_not_solved_again(kept):
    files = sorted((kept / "heads").glob("resting-*"))
    before = [file.stat().st_mtime_ns for file in files]
    assert solve_resting_heads(kept, load_anny_identities()) == 0
    assert [file.stat().st_mtime_ns for file in files] == before


def test_the_resting_heads_that_ship_are_small_and_bring_softdeca_nearer_to_the_physics():
    files = list((HELD_OUT_PATH / "heads").glob("resting-*"))
    assert sum(file.stat().st_size for file in files) < 1e6
    rows = evaluate(HELD_OUT_PATH, shipped_weights(), EvaluationConfig("both", 20), load_anny_identities())
    softdeca = {row.method: row for row in rows if row.method.startswith("SoftDECA")}
    network, solved = (
        softdeca["SoftDECA from weights"],
        softdeca["SoftDECA from weights, resting head solved"],
    )
    assert network.edited_mm is not None and solved.edited_mm is not None
    assert solved.usual_mm == network.usual_mm and solved.edited_mm < 0.85 * network.edited_mm

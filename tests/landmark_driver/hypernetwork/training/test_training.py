"""Training and evaluation on a dataset of a few heads: the way of the data, not the quality."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tyro

pytest.importorskip("pyarrow")

from landmark_driver.hypernetwork.data.dataset_error import DatasetError
from landmark_driver.hypernetwork.data.displacement_basis import fit_displacement_basis, scaled_displacements
from landmark_driver.hypernetwork.data.landmark_layouts import evaluation_layout
from landmark_driver.hypernetwork.data.make_dataset import make_dataset
from landmark_driver.hypernetwork.data.mirrored_data import mirror_images, mirror_vertices
from landmark_driver.hypernetwork.data.sample_plan import DatasetConfig
from landmark_driver.hypernetwork.data.training_data import load_training_data
from landmark_driver.hypernetwork.evaluation.baselines import (
    Task,
    bounded_least_squares,
    radial_warp,
    ridge_least_squares,
)
from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig
from landmark_driver.hypernetwork.evaluation.evaluate_methods import evaluate
from landmark_driver.hypernetwork.training import train_network
from landmark_driver.hypernetwork.training.train_forward import shrunk_moment
from landmark_driver.hypernetwork.training.train_network import TrainingReport, train
from landmark_driver.hypernetwork.training.training_config import TrainingConfig
from landmark_driver.hypernetwork.training.training_problem import own_blendshapes
from landmark_driver.hypernetwork.training.training_state import TrainingState
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.head_network import specialise
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.posterior.residual_kernel import ResidualKernel
from landmark_driver.tissue.tissue_setting import default_setting
from softdeca.commands.train import Train

TINY = TrainingConfig(
    latents=12,
    code=4,
    forward_steps=30,
    forward_batch=16,
    vertices=50,
    checkpoint_every=10,
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    make_dataset(folder, DatasetConfig(heads=8, expressions=36, seed=2, physics="stand-in"))
    return folder


@pytest.fixture(scope="module")
def written(dataset, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "w.safetensors"
    train(dataset, out, TINY, load_anny_identities())
    return out


@pytest.fixture(scope="module")
def trained(written) -> NetworkWeights:
    return NetworkWeights.load(written)


def test_training_that_is_interrupted_ends_as_if_it_were_not(dataset, trained, tmp_path):
    out = tmp_path / "w.safetensors"

    def stop_at(step: int):
        def progress(done: int, total: int) -> None:
            if done == step:
                raise KeyboardInterrupt

        return progress

    for step in (15, 25):
        with pytest.raises(KeyboardInterrupt):
            train(dataset, out, TINY, load_anny_identities(), stop_at(step))
    train(dataset, out, TINY, load_anny_identities())
    again = NetworkWeights.load(out)
    assert again.arrays.keys() == trained.arrays.keys()
    for name, array in trained.arrays.items():
        assert np.allclose(again.arrays[name], array, atol=1e-6), name


def test_the_weights_say_how_they_were_made(dataset, trained):
    made = trained.provenance
    assert made["config"]["latents"] == 12 and made["config"]["seed"] == 0
    assert made["dataset_manifest_sha256"] == load_training_data(dataset).manifest_sha256
    assert set(made["results"]) == {"forward"}


def test_both_networks_are_trained_alike_because_one_is_a_closed_form_over_the_other(monkeypatch):
    asked = []

    def noted(dataset, out, config, identities, progress):
        asked.append(config)
        return TrainingReport(str(out), 0.3, 1.0)

    monkeypatch.setattr(train_network, "train", noted)
    command = ["DATASET", "--out", "w.safetensors", "--network"]
    reports = [tyro.cli(Train, args=[*command, name]).run() for name in ("sparse", "soft")]
    assert asked[0] == asked[1] == TrainingConfig()
    assert [report["network"] for report in reports] == ["sparse", "soft"]


def test_the_log_beside_the_weights_is_json_with_losses_and_results(written, trained):
    log = json.loads(written.with_suffix(".log.json").read_text(encoding="utf-8"))
    assert [step for step, _ in log["losses"]["forward"]] == [0]
    assert log["results"] == trained.provenance["results"] and log["config"] == trained.provenance["config"]


def test_another_configuration_does_not_go_on_from_an_old_checkpoint(dataset, tmp_path, monkeypatch):
    out = tmp_path / "w.safetensors"
    train(dataset, out, TINY, load_anny_identities())
    begins = []
    original = TrainingState.restore

    def noted(self, *args):
        begins.append(original(self, *args))
        return begins[-1]

    monkeypatch.setattr(TrainingState, "restore", noted)
    train(dataset, out, TINY, load_anny_identities())
    train(dataset, out, replace(TINY, seed=1), load_anny_identities())
    assert begins == [30, 0]


def test_the_table_has_every_method_on_the_same_samples(dataset, trained):
    rows = evaluate(
        dataset,
        trained,
        EvaluationConfig("both", 20, noise_mm=0.5, drop=0.2, samples=2),
        load_anny_identities(),
    )
    by_name = {row.method: row for row in rows}
    wanted = {"do nothing", "bounded least squares", "ridge least squares", "biharmonic warp"}
    wanted |= {"PCA posterior, noise-aware", "SparseSoftDECA", "SparseSoftDECA, no residual"}
    assert wanted | {"SoftDECA from weights"} <= by_name.keys()
    assert len({row.samples for row in rows}) == 1
    assert all(row.landmarks == 20 and row.ms_per_frame_1_thread > 0 for row in rows)
    assert by_name["bounded least squares"].mean_mm < by_name["do nothing"].mean_mm


def test_simulated_again_a_sample_is_the_same(dataset, trained):
    rows = evaluate(
        dataset, None, EvaluationConfig("unseen-heads", 20, samples=6, simulated=2), load_anny_identities()
    )
    again = rows[-1]
    assert again.method == "simulation" and again.samples == 2
    assert again.mean_mm < 0.01


def test_errors_are_told_apart_by_tissue(dataset, trained):
    config = EvaluationConfig("both", 20, samples=6)
    still = evaluate(dataset, None, config, load_anny_identities())[0]
    assert still.usual_mm is not None and still.edited_mm is not None
    assert min(still.usual_mm, still.edited_mm) <= still.mean_mm <= max(still.usual_mm, still.edited_mm)


def test_a_head_that_was_never_seen_moves_with_its_own_blendshapes(dataset, trained):
    """Even with networks that learned next to nothing."""
    neutral = load_anny_identities().sample(np.random.default_rng(99)).vertices
    own = own_blendshapes(neutral[None], load_anny_identities())[0]
    head = specialise(trained, neutral, own)
    weights = np.random.default_rng(0).uniform(0, 1, 52)
    latent = np.concatenate([weights / WEIGHT_UNIT, np.zeros(12)])
    moved = (latent @ head.basis).reshape(-1, 3)
    skin = load_anny_identities().topology.vertices_of("skin")
    assert np.allclose(moved[skin], np.tensordot(weights, own, 1)[skin], atol=1e-5)


def test_a_plain_network_that_learns_comes_closer_than_doing_nothing(dataset, trained):
    rows = evaluate(
        dataset,
        trained,
        EvaluationConfig("unseen-expressions", 20, samples=8, baseline_steps=200),
        load_anny_identities(),
    )
    errors = {row.method: row.mean_mm for row in rows}
    assert errors["plain MLP"] < errors["do nothing"]
    assert "S2D-Dec" not in errors, "it is made for 68 points"


def template_task(landmarks: int) -> Task:
    identities = load_anny_identities()
    neutral, expressions = identities.mean().vertices, identities.template_expressions()
    layout = evaluation_layout(landmarks, identities.landmark_embedding())
    kernel = ResidualKernel(neutral, expressions, np.ones(len(neutral), bool))
    return Task(neutral, expressions, default_setting(), layout, 0.0, kernel)


def test_a_blendshape_head_is_recovered_by_least_squares():
    """Clean landmarks of a linear blendshape, and the methods that model exactly that."""
    task = template_task(478)
    weights = np.zeros(52)
    weights[[17, 23, 43]] = 0.6, 0.4, 0.8
    true = np.tensordot(weights, task.expressions, 1)
    seen = np.ones(468, bool)
    for prepare in (bounded_least_squares, ridge_least_squares):
        moved = prepare(task)(task.layout(true), seen)
        assert 1e3 * np.linalg.norm(moved - true, axis=1).mean() < 0.1


def test_a_warp_meets_its_landmarks():
    task = template_task(20)
    wanted = np.random.default_rng(0).normal(0, 1e-3, (20, 3))
    moved = radial_warp(task)(wanted, np.ones(20, bool))
    nearest = task.layout.corners[np.arange(20), task.layout.weights.argmax(1)]
    assert np.abs(moved[nearest] - wanted).max() < 2e-3


def test_an_error_seen_in_few_samples_has_variance_in_every_direction():
    rows = np.random.default_rng(0).normal(size=(5, 20))
    shrunk = shrunk_moment(rows)
    assert np.linalg.eigvalsh(shrunk)[0] > 0.05 > abs(np.linalg.eigvalsh(rows.T @ rows / 5)[0])
    assert np.allclose(np.diag(shrunk), (rows**2).mean(0))


def test_an_error_seen_in_many_samples_is_their_moment():
    rows = np.random.default_rng(0).normal(size=(20000, 3)) @ np.array([[1.0, 0.8, 0], [0, 1, 0], [0, 0, 2]])
    assert np.allclose(shrunk_moment(rows), rows.T @ rows / 20000, atol=1e-3)


def test_what_a_basis_leaves_out_is_measured_on_heads_it_has_not_seen(dataset):
    data = load_training_data(dataset)
    topology = load_anny_identities().topology
    samples = data.of_split("training")
    fitted = fitted_basis(data, 60)
    kept = samples[~data.validation_heads[data.head[samples]]]
    rows = scaled_displacements(data, topology, kept)
    on_own_heads = np.sqrt(((rows - (rows @ fitted.projection) @ fitted.basis) ** 2).mean())
    assert np.sqrt((fitted.residual_std["edited"] ** 2).mean()) > 1.5 * on_own_heads


def test_components_are_alike_on_both_sides_or_opposite_to_the_last_bit(dataset):
    """Whether samples are mirrored or not; so half of them tells the rest (`latent_decoder.py`)."""
    fitted = fitted_basis(load_training_data(dataset), 60)
    images = mirror_images(fitted.basis, mirror_vertices(load_anny_identities().mean().vertices))
    signs = np.sign((fitted.basis * images).sum(1))
    assert {-1.0, 1.0} == set(signs)
    np.testing.assert_array_equal(images, signs[:, None] * fitted.basis)
    gram = (fitted.basis * fitted.weight) @ fitted.basis.T
    scale = np.sqrt(np.diag(gram))
    np.testing.assert_allclose(gram / scale / scale[:, None], np.eye(60), atol=0.01)


def fitted_basis(data, components: int):
    template = load_anny_identities().mean()
    samples, across = data.of_split("training"), mirror_vertices(template.vertices)
    rng = np.random.default_rng(0)
    return fit_displacement_basis(data, template.topology, components, samples, across, rng)


def test_a_split_without_samples_is_named(dataset, tmp_path):
    make_dataset(tmp_path, DatasetConfig(heads=1, expressions=6, physics="stand-in"))
    with pytest.raises(DatasetError, match="got a dataset without any"):
        evaluate(tmp_path, None, EvaluationConfig("both"), load_anny_identities())

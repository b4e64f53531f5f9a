"""A dataset is decided by its seed: not by workers, order or interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from landmark_driver.hypernetwork.data import make_dataset as maker
from landmark_driver.hypernetwork.data.dataset_error import DatasetError
from landmark_driver.hypernetwork.data.dataset_files import STEP_M, read_head, read_samples, samples_path
from landmark_driver.hypernetwork.data.make_dataset import DatasetConfig, make_dataset
from landmark_driver.hypernetwork.data.proxy_tissue import ProxyPhysics
from landmark_driver.hypernetwork.data.sample_generator import MovedHead, SampleFailed
from landmark_driver.hypernetwork.data.sample_plan import planned_sample
from landmark_driver.hypernetwork.data.training_data import SPLITS, load_training_data
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES

SMALL = DatasetConfig(heads=2, expressions=6, seed=3, physics="stand-in", settings_per_expression=3)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    make_dataset(folder, SMALL)
    return folder


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_a_run_killed_in_the_middle_and_resumed_leaves_the_same_manifest(undisturbed, tmp_path):
    program = f"""
from pathlib import Path
from landmark_driver.hypernetwork.data import make_dataset as maker
original = maker.write_running
def slow(path, sample):
    import time
    original(path, sample)
    time.sleep(0.3)
maker.write_running = slow
maker.make_dataset(Path({str(tmp_path)!r}), maker.DatasetConfig(2, 6, 3, "stand-in", settings_per_expression=3))
"""
    run = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[4])
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("running/*/*.safetensors"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    kept = list(tmp_path.glob("running/*/*.safetensors"))
    assert kept and not (tmp_path / "manifest.json").exists()
    make_dataset(tmp_path, SMALL)
    assert manifest(tmp_path) == manifest(undisturbed)
    assert not (tmp_path / "running").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_when_their_run_is_killed(tmp_path):
    program = f"""
from multiprocessing import active_children
from pathlib import Path
from landmark_driver.hypernetwork.data.make_dataset import DatasetConfig, make_dataset
if __name__ == "__main__":
    def progress(done, total):
        print(*(child.pid for child in active_children()), flush=True)
    make_dataset(Path({str(tmp_path / "data")!r}), DatasetConfig(500, 36, 3, "stand-in"), 2, progress=progress)
"""
    (tmp_path / "run.py").write_text(program, encoding="utf-8")
    repository = Path(__file__).parents[4]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    run = subprocess.Popen(
        [sys.executable, str(tmp_path / "run.py")], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    workers: list[int] = []
    while len(workers) < 2:
        workers = [int(pid) for pid in run.stdout.readline().split()]
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    deadline = time.monotonic() + 60
    while any(map(works, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(works, workers))


def works(pid: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_samples_finished_before_an_interruption_are_not_made_again(undisturbed, tmp_path, monkeypatch):
    calls = []
    original = maker._one_sample

    def counted(physics, planned):
        calls.append((physics, planned.number))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(physics, planned)

    monkeypatch.setattr(maker, "_one_sample", counted)
    with pytest.raises(KeyboardInterrupt):
        make_dataset(tmp_path, SMALL)
    make_dataset(tmp_path, SMALL)
    assert [number for _, number in calls] == [0, 1, 2, 3, 3, 4, 5, *range(6)]
    assert manifest(tmp_path) == manifest(undisturbed)


def test_two_workers_make_what_one_makes(undisturbed, tmp_path):
    make_dataset(tmp_path, SMALL, workers=2)
    assert manifest(tmp_path) == manifest(undisturbed)


def test_a_cluster_makes_what_one_worker_makes(undisturbed, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        make_dataset(tmp_path, SMALL, scheduler=cluster.scheduler_address)
    assert manifest(tmp_path) == manifest(undisturbed)


def test_failed_samples_are_left_out_and_counted(tmp_path, monkeypatch):
    def source(name, identities, contact):
        def prepare(head):
            def move(weights, setting):
                if abs(setting.bones).sum() != 2.0 or weights.sum() > 2.5:
                    raise SampleFailed("it did not settle")
                return MovedHead(np.full_like(head.vertices, 1e-3), {"iterations": 7})

            return move

        prepare.settings = {}
        return prepare

    monkeypatch.setattr(maker, "physics_by_name", source)
    found = make_dataset(tmp_path, SMALL)
    assert found["failures"] > 0 and found["samples"] + found["failures"] == 12
    named = [failure for head in found["heads"] for failure in head["failures"]]
    assert all(failure["failure"] == "it did not settle" for failure in named)


def test_other_options_in_the_same_folder_are_refused(undisturbed):
    with pytest.raises(DatasetError, match="begun with the same options"):
        make_dataset(undisturbed, DatasetConfig(heads=3, expressions=6))


def test_other_physics_in_the_same_folder_is_refused(undisturbed, monkeypatch):
    monkeypatch.setattr(ProxyPhysics, "settings", {"version": 9})
    with pytest.raises(DatasetError, match="physics and identities, got one begun with"):
        make_dataset(undisturbed, SMALL)


def test_a_dataset_by_simulation_is_known_again(tmp_path):
    config = DatasetConfig(heads=1, expressions=6, physics="simulation")
    maker._begin(tmp_path, config)
    maker._begin(tmp_path, config)


def test_a_dataset_that_names_no_identity_model_goes_on_with_the_default_one(tmp_path):
    maker._begin(tmp_path, SMALL)
    path = tmp_path / "dataset.json"
    begun = json.loads(path.read_text(encoding="utf-8"))
    assert begun.pop("identity_model") == DEFAULT_IDENTITIES
    path.write_text(json.dumps(begun), encoding="utf-8")
    maker._begin(tmp_path, SMALL)
    path.write_text(json.dumps(begun | {"identity_model": "flame-0123abcd"}), encoding="utf-8")
    with pytest.raises(DatasetError, match='"identity_model": "flame-0123abcd"'):
        maker._begin(tmp_path, SMALL)


def test_displacements_come_back_within_half_a_step(undisturbed):
    head = read_head(undisturbed, 1)
    columns = read_samples(undisturbed, 1)
    physics = maker.physics_by_name("stand-in", load_anny_identities())(_identity(head.coefficients))
    sample = maker._one_sample(physics, planned_sample(SMALL, 1, 4))
    assert np.abs(columns["displacement"][4] - sample.displacement).max() <= 0.51 * STEP_M
    assert np.allclose(columns["weights"][4], sample.weights, atol=1e-7)


def test_every_expression_is_shown_in_the_default_tissue_and_in_two_others(undisturbed):
    columns = read_samples(undisturbed, 0, ["setting", "regions", "weights"])
    assert columns["setting"].tolist() == [0, 1, 2, 0, 3, 4]
    default = columns["regions"][columns["setting"] == 0].reshape(2, -1, 4)
    assert np.allclose(default[:, :, 0], 1.0) and np.allclose(default[:, :, 1], 0.47)
    assert not np.allclose(columns["regions"][1], columns["regions"][0])
    expressions = columns["weights"].reshape(2, 3, -1)
    assert (expressions == expressions[:, :1]).all() and not np.allclose(expressions[0], expressions[1])


def test_no_sample_is_in_two_splits_and_none_is_in_no_split(tmp_path):
    make_dataset(
        tmp_path, DatasetConfig(heads=6, expressions=18, physics="stand-in", settings_per_expression=3)
    )
    data = load_training_data(tmp_path)
    found = np.concatenate([data.of_split(split) for split in ("training", *SPLITS)])
    assert sorted(found) == list(range(6 * 18))
    assert all(len(data.of_split(split)) for split in SPLITS)


def test_an_expression_is_held_out_in_all_its_settings(tmp_path):
    make_dataset(
        tmp_path, DatasetConfig(heads=1, expressions=18, physics="stand-in", settings_per_expression=3)
    )
    columns = read_samples(tmp_path, 0, ["split", "weights"])
    held_out = columns["weights"][columns["split"] == "unseen-expression"]
    trained = columns["weights"][columns["split"] == "seen-expression"]
    assert len(held_out) == 3
    assert not any((trained == expression).all(1).any() for expression in held_out)


def test_an_unfinished_dataset_says_what_to_do(tmp_path):
    with pytest.raises(DatasetError, match="softdeca dataset"):
        load_training_data(tmp_path)


def test_a_head_is_written_last(undisturbed):
    assert samples_path(undisturbed, 0).exists()
    assert not list(undisturbed.rglob("*.part"))


def _identity(coefficients):
    return load_anny_identities().head(coefficients)

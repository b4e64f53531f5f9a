"""Files that version 0.1.0 wrote are opened, and give what 0.1.0 made of them (`golden/v0_1_0/README.md`)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from capture.takes.take import read_take, read_take_header
from firmware_bench.report.bench_report import read_report
from landmark_driver import Character
from landmark_driver.compiled.evaluator import NUMPY, VARIABLE, evaluating
from landmark_driver.network.network_weights import NetworkWeights
from tests.golden.v0_1_0.drive_again import DRIVERS, NETWORKS, driven_from_python, driven_phone, driven_take
from tests.landmark_driver.compiled.driven import needs_library
from tests.node import run_module

ROOT = Path(__file__).parents[1]
FILES = ROOT / "tests" / "golden" / "v0_1_0"
CHARACTERS = ("linear", "networks", "scan")
BOUND_M = 1e-6
LIPS_M = 2.5e-3
"""By how much lips of a small head move where two triangles cross or do not: 2.2 mm where vertices are 0.1 micrometres off."""
SCAN_IN_CM = 100


@cache
def computed(file: str = "computed.npz") -> dict[str, np.ndarray]:
    with np.load(FILES / file) as data:
        return dict(data)


def opened(name: str) -> Character:
    return Character.load(FILES / f"{name}.safetensors")


def assert_same_points(found: np.ndarray, name: str) -> None:
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, computed()[name], rtol=0, atol=BOUND_M)


def assert_but_for_lips(found: np.ndarray, answers: np.ndarray, unit: float = 1.0) -> None:
    """Processors round sums differently, and in these small heads the last bit decides whether lips cross."""
    away_m = np.abs(found - answers) / unit
    assert np.mean(away_m > BOUND_M) < 0.1 and away_m.max() < LIPS_M


@pytest.fixture(autouse=True)
def in_numpy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """NumPy is the reference that the answers are of, here and in processes that a test starts."""
    monkeypatch.setenv(VARIABLE, NUMPY.name)
    with evaluating(NUMPY):
        yield


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_character_has_the_vertices_and_faces_that_it_had(name: str) -> None:
    character = opened(name)
    assert_same_points(character.neutral_vertices, f"{name}.neutral_vertices")
    np.testing.assert_array_equal(character.faces, computed()[f"{name}.faces"])


@pytest.mark.parametrize(("name", "driver"), DRIVERS)
def test_a_take_drives_a_character_as_todays_stages_do(name: str, driver: str, tmp_path: Path) -> None:
    found, answers = driven_take(name, driver, tmp_path), computed("driven.npz")
    assert found["vertices"].dtype == np.float32
    unit = SCAN_IN_CM if name == "scan" else 1
    assert_but_for_lips(found["vertices"], answers[f"{name}.drive_{driver}.vertices"], unit)
    np.testing.assert_allclose(found["weights"], answers[f"{name}.drive_{driver}.weights"], atol=1e-5)


@needs_library
@pytest.mark.parametrize(("name", "driver"), DRIVERS)
def test_c_drives_a_take_as_numpy_does_but_for_lips_that_the_last_bit_parts(
    name: str, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These heads have few triangles, whose lips cross or do not by the last bit of a sum."""
    monkeypatch.setenv(VARIABLE, "c")
    found = driven_take(name, driver, tmp_path)
    answers = computed("driven.npz")[f"{name}.drive_{driver}.vertices"]
    assert_but_for_lips(found["vertices"], answers, SCAN_IN_CM if name == "scan" else 1)


def test_the_linear_driver_from_python_computes_what_live_did() -> None:
    answers, driver = computed(), opened("linear").driver()
    moved, mask = answers["linear.displacements"], answers["linear.mask"]
    assert_same_points(np.stack([driver(one) for one in moved]), "linear.vertices")
    assert_same_points(np.stack([driver(one, mask) for one in moved]), "linear.masked")


@pytest.mark.parametrize("name", NETWORKS)
def test_drivers_from_python_give_todays_answers(name: str) -> None:
    """Networks of 0.1.0 had a corrector, which is no longer run."""
    for key, found in driven_from_python(name, computed()).items():
        assert_but_for_lips(found, computed("driven.npz")[f"{name}.{key}"])


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_character_that_is_saved_again_opens_with_the_same_vertices(name: str, tmp_path: Path) -> None:
    character = opened(name)
    character.save(tmp_path / "again.safetensors")
    again = Character.load(tmp_path / "again.safetensors")
    np.testing.assert_array_equal(again.neutral_vertices, character.neutral_vertices)
    moved = computed()[f"{name}.displacements"][0]
    np.testing.assert_array_equal(again.driver()(moved), character.driver()(moved))


def test_a_take_has_the_frames_that_were_recorded() -> None:
    answers, frames = computed(), list(read_take(FILES / "take.mcap"))
    assert [frame.sequence for frame in frames] == answers["take.sequence"].tolist()
    assert [frame.capture_time_s for frame in frames] == answers["take.capture_time_s"].tolist()
    seen = [frame.landmarks for frame in frames if frame.landmarks is not None]
    assert len(seen) == len(frames) - 1, "one frame has no face"
    recorded = answers["take.landmarks"]
    np.testing.assert_array_equal(np.stack(seen[: len(recorded)]), recorded)
    assert read_take_header(FILES / "take.mcap").source == "demo"


def test_an_interrupted_take_is_read_to_its_last_whole_frame() -> None:
    frames = list(read_take(FILES / "interrupted.mcap.part"))
    assert len(frames) == 5
    assert [frame.sequence for frame in frames] == computed()["take.sequence"][:5].tolist()
    np.testing.assert_array_equal(frames[0].landmarks, computed()["take.landmarks"][0])


def test_the_phones_page_drives_a_phone_file_as_todays_stages_do(tmp_path: Path) -> None:
    found, answers = driven_phone(tmp_path), computed("driven.npz")
    for name in ("vertices", "shown", "poses"):
        np.testing.assert_allclose(found[name], answers[f"phone.{name}"], rtol=0, atol=BOUND_M)


def test_the_phones_page_computes_a_phone_files_tracker_response_as_it_did() -> None:
    """true = k(f) A D with a linear part of 0.3 in the kernel, and no local map."""
    phone_file = gzip.decompress((FILES / "phone.safetensors.gz").read_bytes())
    names = ("inward", "sights", "answers", "outward")
    inward, points, coefficients, outward = (load(phone_file)[f"response.{name}"] for name in names)
    reported = np.random.default_rng(0).normal(0, 2e-3, (3, 478, 3))
    reported[0] = 0
    found = run_module(
        """
        import { gunzipSync } from "node:zlib";
        import { readFileSync } from "node:fs";
        const { readPuppet } = await import(PAGE + "/puppet/files/puppet_store.js");
        const { TrackerResponse } = await import(PAGE + "/puppet/landmarks/tracker_response.js");
        const puppet = readPuppet(new Uint8Array(gunzipSync(readFileSync(argument.path))).buffer);
        const response = new TrackerResponse(puppet);
        const corrected = argument.reported.map((displacements) => {
          const moved = Float64Array.from(displacements);
          response.apply(moved);
          return [...moved];
        });
        console.log(JSON.stringify(corrected));
        """,
        {"path": str(FILES / "phone.safetensors.gz"), "reported": reported.reshape(3, -1).tolist()},
    )
    features = reported[:, :468].reshape(3, -1) @ inward
    product = features @ points.T
    squared = (features**2).sum(1)[:, None] + (points**2).sum(1)
    near = np.exp(product - squared / 2) - np.exp(-squared / 2) + 0.3 * product
    expected = reported.copy()
    expected[:, :468] = (near @ coefficients @ outward).reshape(3, 468, 3)
    np.testing.assert_allclose(np.reshape(found, (3, 478, 3)), expected, atol=BOUND_M)
    assert np.abs(expected[1:, :468]).max() > 100 * BOUND_M


def test_a_weights_file_has_the_networks_that_the_character_has() -> None:
    weights = NetworkWeights.load(FILES / "weights.safetensors")
    vertices = opened("networks").neutral_vertices
    assert weights.latents == 62
    assert np.isfinite(weights.head_code(vertices.astype(float))).all()


@pytest.mark.parametrize("number", [0, 1])
def test_a_dataset_has_the_samples_that_it_had(number: int) -> None:
    pytest.importorskip("pyarrow")
    from landmark_driver.hypernetwork.data.dataset_files import read_head, read_samples

    answers = computed("computed_dataset.npz")
    head, samples = read_head(FILES / "dataset", number), read_samples(FILES / "dataset", number)
    every = round(len(head.vertices) / len(answers[f"{number}.neutral"]))
    np.testing.assert_allclose(head.vertices[::every], answers[f"{number}.neutral"], atol=BOUND_M)
    moved = samples["displacement"][:, ::every]
    np.testing.assert_allclose(moved, answers[f"{number}.displacement"], atol=BOUND_M)
    for name in ("weights", "regions", "gravity", "bones"):
        np.testing.assert_allclose(samples[name], answers[f"{number}.{name}"], atol=1e-6)


def test_a_bench_report_is_read_row_by_row() -> None:
    report = read_report(FILES / "bench.json")
    assert report.main.model == "network"
    assert [row.model for row in report.rows] == ["yardstick", "linear blendshapes", "network", "driver"]
    assert report.main.p50_ms is not None
    assert report.rounds == 30

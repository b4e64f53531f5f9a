"""The comparison of versions sees differences of every kind, and a version's outputs are made once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.benchmarks.compare_versions import compare_arrays, rows_of, table
from tests.benchmarks.compared_outputs import OUTPUTS, Output, Version, chosen

SETTLED = Output("simulate", (), ("settled.npz", "reply.json"))


def written(version: Version, **changes: np.ndarray) -> None:
    folder = version.folder(SETTLED)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"vertices": np.zeros((2, 3)), "faces": np.zeros((1, 3), int), "nothing": np.array([np.nan])}
    np.savez(folder / "settled.npz", allow_pickle=False, **(arrays | changes))
    (folder / "reply.json").write_text(json.dumps({"residual": 0.5, "ms": 12.0, "rows": [{"mean_mm": 0.1}]}))


def versions(folder: Path) -> tuple[Version, Version]:
    return Version(folder, folder / "old"), Version(folder, folder / "new")


def test_equal_outputs_pass(tmp_path: Path) -> None:
    old, new = versions(tmp_path)
    written(old)
    written(new)
    rows = list(rows_of(SETTLED, old, new))
    assert [row.passed for row in rows] == [True, True]
    assert "2 rows, 0 failed" in table(rows)


def test_points_that_are_two_micrometres_apart_fail(tmp_path: Path) -> None:
    old, new = versions(tmp_path)
    written(old)
    written(new, vertices=np.full((2, 3), 2e-6))
    arrays, _ = rows_of(SETTLED, old, new)
    assert arrays.passed is False
    assert arrays.difference == "2e-06 (vertices)"


def test_a_reply_is_compared_but_for_its_times(tmp_path: Path) -> None:
    old, new = versions(tmp_path)
    written(old)
    written(new)
    reply = {"residual": 0.6, "ms": 99.0, "rows": [{"mean_mm": 0.1004}]}
    (new.folder(SETTLED) / "reply.json").write_text(json.dumps(reply))
    rows = {row.compared: row for row in rows_of(SETTLED, old, new)}
    assert rows["JSON: residual"].passed is False
    assert rows["JSON: rows.0.mean_mm"].passed is True
    assert not any("ms" in name.split(".") for name in rows)


def test_lost_arrays_other_shapes_and_other_indices_are_named() -> None:
    zeros = np.zeros(3)
    old = {"lost": zeros, "shape": zeros, "faces": np.array([1, 2])}
    new = {"shape": np.zeros(4), "faces": np.array([1, 3]), "more": zeros}
    reasons = {each.name: str(each) for each in compare_arrays(old, new)}
    assert reasons == {
        "lost": "only old",
        "shape": "shape (3,) → (4,)",
        "faces": "1 values differ",
        "more": "only new",
    }


def test_an_output_brings_the_ones_that_it_needs() -> None:
    assert [output.name for output in chosen("scan to glb")] == [
        "head sample",
        "head fit",
        "drive, scan to glb",
    ]


def test_every_output_has_a_folder_of_its_own(tmp_path: Path) -> None:
    version = Version(tmp_path, tmp_path)
    assert len({version.folder(output) for output in OUTPUTS}) == len(OUTPUTS)


def test_outputs_of_sources_that_have_changed_are_made_again(tmp_path: Path) -> None:
    package = tmp_path / "capture"
    package.mkdir()
    (package / "packet.py").write_text("A = 1\n")
    version = Version(tmp_path, tmp_path / "made")
    version.begin()
    written(version)
    version.begin()
    assert version.make(SETTLED) == "" and version.folder(SETTLED).exists()
    (package / "packet.py").write_text("A = 2\n")
    version.begin()
    assert not version.folder(SETTLED).exists()

"""What is claimed of `softdeca export --format coreml`; where there is no Mac, of its program and weights."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from export.export_error import UnreadableModelError
from export.export_model import export_model
from export.open_exported import open_exported
from tests.export.exported_default import default_character, needs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("torch", "coremltools")
    folder = tmp_path_factory.mktemp("models")
    report = export_model(default_character(), "coreml", folder / "head.mlpackage", "fp16")
    assert 0 < report.max_abs_error_mm < 0.02
    assert report.opset_or_spec == "Core ML specification 7 (iOS 16)"
    assert report.bytes < 6_000_000
    return folder


def test_both_functions_lie_side_by_side(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"head.mlpackage", "head.specialise.mlpackage"}


def test_a_package_whose_weights_are_cut_short_is_refused(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        shutil.copytree(path, tmp_path / path.name)
    weights = next((tmp_path / "head.mlpackage").rglob("weight.bin"))
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(UnreadableModelError, match="which cannot be read"):
        open_exported(tmp_path / "head.mlpackage")


def test_a_folder_that_is_no_package_is_refused(tmp_path: Path) -> None:
    needs("coremltools")
    (tmp_path / "head.mlpackage").mkdir()
    with pytest.raises(UnreadableModelError, match="which cannot be read"):
        open_exported(tmp_path / "head.mlpackage")

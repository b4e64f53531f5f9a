"""What is claimed of `softdeca export --format coreml`; where there is no Mac, of its program and weights."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from export.export_error import UnknownOperatorError, UnreadableModelError
from export.formats import read_coreml
from export.formats.model_metadata import model_metadata, packed_metadata
from export.formats.open_exported import open_exported
from export.formats.write_coreml import write_coreml
from export.graph.exported_graph import tissue_inputs
from export.model_choices import ModelFormat
from export.models.export_model import ENDINGS, export_model
from landmark_driver.tissue.tissue_setting import default_setting
from softdeca.cli import main
from tests.export.models.exported_default import default_character, default_graph, needs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("torch", "coremltools")
    folder = tmp_path_factory.mktemp("models")
    report = export_model(default_character(), "coreml", folder / "head.mlpackage", "fp16")
    assert 0 < report.max_abs_error_mm < 0.02
    assert report.opset_or_spec == "Core ML specification 7 (iOS 16)"
    assert report.bytes < 7_000_000
    return folder


def test_both_functions_lie_side_by_side(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"head.mlpackage", "head.specialise.mlpackage"}


def test_palettes_are_within_their_bound_and_smaller_than_eight_bits(tmp_path: Path) -> None:
    needs("torch", "coremltools")
    report = export_model(default_character(), "coreml", tmp_path / "palettes.mlpackage", "palettised")
    assert 0 < report.max_abs_error_mm < 0.1
    graph = default_graph("sparse", "int8")
    description = packed_metadata(model_metadata(graph, default_character()))
    write_coreml(graph, tmp_path / "bytes.mlpackage", description)
    assert report.bytes < 0.98 * bytes_below(tmp_path, "bytes")


def test_from_ios_18_one_package_holds_both_functions(tmp_path: Path) -> None:
    """Palettes and 8-bit numbers are other operators there, and compute the same."""
    needs("torch", "coremltools")
    path = tmp_path / "head.mlpackage"
    report = export_model(default_character(), "coreml", path, "palettised", ios=18)
    assert 0 < report.max_abs_error_mm < 0.1
    assert report.opset_or_spec == "Core ML specification 9 (iOS 18)"
    assert list(tmp_path.iterdir()) == [path]
    model = open_exported(path)
    assert set(model.functions) == {"run", "specialise"} and model.files == (path,)


def test_an_ios_version_is_for_core_ml_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = ["default", "--format", "tflite", "--ios", "18", "--out", str(tmp_path / "head.tflite")]
    with pytest.raises(SystemExit) as ended:
        main(["export", *request])
    assert ended.value.code == 2
    assert "Expected --format coreml with --ios 18, got tflite" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac evaluates every operator")
def test_an_operator_that_nothing_evaluates_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_coreml, "_NOT_INFERRED", {})
    model = open_exported(folder / "head.mlpackage")
    with pytest.raises(UnknownOperatorError, match=r"Expected operators .* got 'silu' in '.*head.specialise"):
        model.specialise(**tissue_inputs(default_setting()))


@pytest.mark.parametrize("model_format", ["tflite", "onnx"])
def test_palettes_are_for_core_ml_alone(
    model_format: ModelFormat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"head{ENDINGS[model_format]}"
    request = ["default", "--format", model_format, "--precision", "palettised", "--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        main(["export", *request])
    assert ended.value.code == 2
    expected = (
        f"Expected --precision fp32, fp16, int8 for {model_format}, got palettised: only Core ML has palettes"
    )
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_package_whose_weights_are_cut_short_is_refused(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        shutil.copytree(path, tmp_path / path.name)
    weights = next((tmp_path / "head.mlpackage").rglob("weight.bin"))
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(UnreadableModelError, match="which cannot be read"):
        open_exported(tmp_path / "head.mlpackage")


def bytes_below(folder: Path, name: str) -> int:
    return sum(item.stat().st_size for item in folder.glob(f"{name}*/**/*") if item.is_file())


def test_a_folder_that_is_no_package_is_refused(tmp_path: Path) -> None:
    needs("coremltools")
    (tmp_path / "head.mlpackage").mkdir()
    with pytest.raises(UnreadableModelError, match="which cannot be read"):
        open_exported(tmp_path / "head.mlpackage")

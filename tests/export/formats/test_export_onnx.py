"""What is claimed of `softdeca export --format onnx`."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.export_error import MismatchedModelError, UnreadableModelError
from export.formats.open_exported import open_exported
from export.models.export_model import export_model
from tests.export.models.exported_default import copied, default_character, needs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("torch", "onnx", "onnxscript", "onnxruntime")
    folder = tmp_path_factory.mktemp("models")
    for network in ("sparse", "soft"):
        report = export_model(default_character(), "onnx", folder / f"{network}.onnx", "fp16", network)
        assert 0 < report.max_abs_error_mm < 0.02
        assert report.opset_or_spec == "ONNX opset 18"
        assert report.bytes < 7_000_000
    return folder


def test_both_functions_lie_side_by_side(folder: Path) -> None:
    names = {"sparse.onnx", "sparse.specialise.onnx", "soft.onnx", "soft.specialise.onnx"}
    assert {path.name for path in folder.iterdir()} == names


def test_no_path_of_this_machine_is_in_a_file(folder: Path) -> None:
    for path in folder.iterdir():
        assert str(Path.cwd()).encode() not in path.read_bytes()


def test_a_function_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    model = copied(folder / "sparse.onnx", tmp_path)
    with pytest.raises(UnreadableModelError, match="no such file beside it"):
        open_exported(model)
    copied(folder / "soft.specialise.onnx", tmp_path).rename(tmp_path / "sparse.specialise.onnx")
    with pytest.raises(MismatchedModelError, match="which has no description of its own"):
        open_exported(model)


def test_a_file_cut_short_is_refused(folder: Path, tmp_path: Path) -> None:
    model = copied(folder / "sparse.onnx", tmp_path)
    model.write_bytes(model.read_bytes()[:1_000_000])
    copied(folder / "sparse.specialise.onnx", tmp_path)
    with pytest.raises(UnreadableModelError, match="which cannot be read"):
        open_exported(model)

"""What is claimed of `softdeca export --format tflite`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from export.export_error import MismatchedModelError, UnreadableModelError
from export.formats.model_metadata import decoded
from export.formats.open_exported import open_exported
from export.graph.exported_driver import network_of
from export.graph.exported_graph import tissue_inputs
from export.models.export_model import export_model
from export.models.export_report import ExportReport
from landmark_driver.head.eyes import turn_about, turn_eyeballs
from landmark_driver.tissue.tissue_setting import default_setting
from tests.export.models.exported_default import copied, default_character, needs, with_description

MB = 1_000_000


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExportReport]:
    needs("torch", "litert_torch", "ai_edge_litert")
    path = tmp_path_factory.mktemp("models") / "head.tflite"
    return path, export_model(default_character(), "tflite", path, "fp16")


def test_half_floats_are_within_their_bound_and_under_six_megabytes(half: tuple[Path, ExportReport]) -> None:
    path, report = half
    assert 0 < report.max_abs_error_mm < 0.02
    assert report.bytes == path.stat().st_size < 6 * MB
    assert report.frames > 300


def test_the_whole_in_float32_is_within_a_micrometre(tmp_path: Path) -> None:
    needs("torch", "litert_torch", "ai_edge_litert")
    report = export_model(default_character(), "tflite", tmp_path / "head.tflite")
    assert report.max_abs_error_mm < 0.001
    assert [path.name for path in tmp_path.iterdir()] == ["head.tflite"]


def test_plain_litert_runs_both_signatures(half: tuple[Path, ExportReport]) -> None:
    """As an app does it, without anything of ours: zeros are the neutral head."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(half[0]))
    assert interpreter.get_signature_list() == {
        "run": {
            "inputs": ["displacements_m", "look_weights", "tissue_state"],
            "outputs": ["vertices_m", "weights"],
        },
        "specialise": {"inputs": ["bone_scale", "gravity_m_s2", "materials"], "outputs": ["tissue_state"]},
    }
    state = interpreter.get_signature_runner("specialise")(**tissue_inputs(default_setting()))["tissue_state"]
    answer = interpreter.get_signature_runner("run")(
        displacements_m=np.zeros((478, 3), np.float32),
        look_weights=np.zeros(8, np.float32),
        tissue_state=state,
    )
    assert not state.any()
    np.testing.assert_allclose(answer["vertices_m"], default_character().neutral_vertices, atol=1e-5)
    assert answer["weights"].shape == (52,)


def test_the_description_tells_an_app_all_it_needs(half: tuple[Path, ExportReport]) -> None:
    """Landmarks, eyes and faces of the file are the character's; the eyeballs can be turned with them."""
    character, metadata = default_character(), open_exported(half[0]).metadata
    head = character.head
    arrays = {name: decoded(array) for name, array in metadata["arrays"].items()}
    np.testing.assert_array_equal(arrays["faces"], head.faces)
    np.testing.assert_array_equal(arrays["landmark_corners"], head.landmark_corners)
    np.testing.assert_allclose(arrays["landmark_weights"], head.landmark_weights, atol=1e-6)
    angles = np.array([[0.2, 0.1], [0.1, 0.0]])
    ours, theirs = head.neutral_vertices.copy(), head.neutral_vertices.copy()
    turn_eyeballs(ours, head, angles)
    turn_about(theirs, head.neutral_vertices, arrays["eye_vertices"], arrays["eye_centres_m"], angles)
    np.testing.assert_allclose(theirs, ours, atol=1e-6)
    shapes = {
        port["name"]: port["shape"] for port in metadata["functions"]["run"]["inputs"] if port["meaning"]
    }
    latents = network_of(character).weights.latents
    state = [(latents - 52) * (latents + 1) + 478]
    assert shapes == {"displacements_m": [478, 3], "look_weights": [8], "tissue_state": state}


def test_a_file_cut_short_is_refused(half: tuple[Path, ExportReport], tmp_path: Path) -> None:
    cut = copied(half[0], tmp_path)
    cut.write_bytes(cut.read_bytes()[:2_000_000])
    with pytest.raises(
        UnreadableModelError, match=r"Expected an exported model, got '.*', which cannot be read"
    ):
        open_exported(cut)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "head.tflite").write_bytes(b"no model" * 100)
    with pytest.raises(UnreadableModelError, match="no TFLite model"):
        open_exported(tmp_path / "head.tflite")
    with pytest.raises(UnreadableModelError, match="which does not exist"):
        open_exported(tmp_path / "other.tflite")
    with pytest.raises(
        UnreadableModelError, match=r"ending in \.tflite, \.onnx, \.mlpackage, got 'head\.txt'"
    ):
        open_exported(tmp_path / "head.txt")


def test_a_model_without_our_description_is_refused(half: tuple[Path, ExportReport], tmp_path: Path) -> None:
    with pytest.raises(MismatchedModelError, match="which has no description of its own"):
        open_exported(with_description(half[0], tmp_path, format="another"))
    with pytest.raises(MismatchedModelError, match="Expected model description 1, got 7"):
        open_exported(with_description(half[0], tmp_path, format_version=7))


def test_a_graph_that_is_not_as_described_is_refused(half: tuple[Path, ExportReport], tmp_path: Path) -> None:
    functions = json.loads(json.dumps(open_exported(half[0]).metadata["functions"]))
    functions["run"]["inputs"][0]["shape"] = [68, 3]
    with pytest.raises(
        MismatchedModelError, match=r"Expected inputs displacements_m 68x3.*got displacements_m 478x3"
    ):
        open_exported(with_description(half[0], tmp_path, functions=functions))


def test_inputs_of_another_shape_are_refused(half: tuple[Path, ExportReport]) -> None:
    with pytest.raises(MismatchedModelError, match=r"Expected .*materials 22x4.* for 'specialise'.*got none"):
        open_exported(half[0]).specialise()

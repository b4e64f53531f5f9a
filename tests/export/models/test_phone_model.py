"""The model that the desktop makes for the phone's page: once, by another process, and never where it cannot."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.models import phone_model
from export.models.phone_model import PhoneModel, model_key
from landmark_driver.character import Character
from tests.export.models.exported_default import needs


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


def test_a_model_is_made_once_and_found_again(character: Character, tmp_path: Path) -> None:
    needs("torch", "litert_torch", "ai_edge_litert")
    with PhoneModel("default", tmp_path) as model:
        path = model(character)
        assert path is not None and not path.exists()
        assert model(character) == path
        assert model._process is not None and model._process.wait(600) == 0
        assert path.read_bytes()[4:8] == b"TFL3"
    with PhoneModel("default", tmp_path) as model:
        assert model(character) == path
        assert model._process is None


def test_an_export_that_fails_is_logged_and_leaves_no_model(
    character: Character, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(phone_model, "_can_convert", lambda: True)
    with PhoneModel(str(tmp_path / "missing.npz"), tmp_path) as model:
        model(character)
        assert model._process is not None and model._process.wait(120) == 2
        assert model(character) is None
    assert "no model for the phone's page: the export ended with 2, see" in caplog.text
    assert "missing.npz" in (tmp_path / f"{model_key(character)}.log").read_text()


def test_without_converters_or_networks_there_is_no_model(
    character: Character, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_model, "_can_convert", lambda: False)
    with PhoneModel("default", tmp_path) as model:
        assert model(character) is None
        assert model(replace(character, network=None)) is None
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_ends_ends_its_export(
    character: Character, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_model, "_can_convert", lambda: True)
    with PhoneModel("default", tmp_path) as model:
        model(character)
        process = model._process
    assert process is not None and process.returncode is not None


def test_the_shown_tissue_does_not_make_another_model_and_another_head_does(character: Character) -> None:
    edited = character.with_material({"all.stiffness": 0.4}, gravity=(0.0, -9.81, 2.0))
    assert model_key(edited) == model_key(character)
    assert character.network is not None
    other = replace(
        character.network, neutral_vertices=(1.01 * character.neutral_vertices).astype(np.float32)
    )
    assert model_key(replace(character, network=other)) != model_key(character)


def test_another_graph_makes_another_model(character: Character, tmp_path: Path) -> None:
    """One more line of the exporters' code, or a file of another name; what lies beside them is none of it."""
    code = tmp_path / "export"
    shutil.copytree(Path(phone_model.__file__).parents[1], code)
    assert model_key(character, code) == model_key(character)
    (code / "notes.txt").write_text("no code")
    assert model_key(character, code) == model_key(character)
    with (code / "graph" / "network_graph.py").open("a") as source:
        source.write("_FINE_LATENTS = 65\n")
    changed = model_key(character, code)
    (code / "graph" / "network_graph.py").rename(code / "graph" / "another_graph.py")
    assert len({model_key(character), changed, model_key(character, code)}) == 3

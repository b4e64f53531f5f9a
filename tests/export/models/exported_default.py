"""The default head's models, made once for all tests, and how to make them wrong."""

from __future__ import annotations

import atexit
import importlib.util
import json
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest

from export.formats.model_metadata import model_metadata, packed_metadata
from export.formats.read_tflite import append_description
from export.formats.write_tflite import tflite_bytes
from export.graph.exported_graph import ExportedGraph, exported_graph
from export.model_choices import NetworkName, Precision
from landmark_driver.character import Character


def needs(*packages: str) -> None:
    """Skips where a converter is not installed, which some platforms have no wheel of."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(
                f"the converter's package '{package}' is not installed: pip install 'softdeca[export]'"
            )


@cache
def default_character() -> Character:
    return Character.load("default")


@cache
def default_graph(network: NetworkName, precision: Precision) -> ExportedGraph:
    needs("torch")
    return exported_graph(default_character(), network, precision)


def copied(model: Path, folder: Path) -> Path:
    """The same model in another folder, to be damaged."""
    return Path(shutil.copy(model, folder / model.name))


def with_description(model: Path, folder: Path, **changes: object) -> Path:
    """A TFLite model whose description says something else."""
    with zipfile.ZipFile(model) as archive:
        description = json.loads(archive.read("model.json")) | changes
        graph = model.read_bytes()[: archive.infolist()[0].header_offset]
    changed = folder / model.name
    changed.write_bytes(graph)
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr("model.json", json.dumps(description))
    return changed


@cache
def default_tflite() -> Path:
    """The default head in half floats, in a folder that is gone when the tests end."""
    folder = tempfile.TemporaryDirectory(prefix="softdeca-models-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "head.tflite"
    graph = default_graph("sparse", "fp16")
    path.write_bytes(tflite_bytes(graph))
    append_description(path, packed_metadata(model_metadata(graph, default_character())))
    return path

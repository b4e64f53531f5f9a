"""The files of a layered head."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.landmark_driver.layers.layered import layered_default

from landmark_driver.layers.write_layers import write_layers  # isort: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("layers") / "head"
    write_layers(layered_default(), out)
    return out


def test_all_surfaces_and_volumes_are_written_and_nothing_else_is_left(folder: Path) -> None:
    names = {"skin", "bones", "muscles", "skin_wrap", "muscle_wrap", "skull_wrap", "inner_parts"}
    assert {path.name for path in folder.iterdir()} == {f"{name}.ply" for name in names} | {
        "soft_tissue.vtu",
        "muscle_tissue.vtu",
    }
    assert [path.name for path in folder.parent.iterdir()] == ["head"]


def test_surfaces_read_back_as_they_are(folder: Path) -> None:
    layered = layered_default()
    for name, vertices, faces in (
        ("skin", layered.skin_vertices, layered.topology.faces_of("skin")),
        ("bones", layered.bones.vertices, layered.bones.faces),
        ("muscles", layered.muscles.vertices, layered.muscles.faces),
        ("skull_wrap", layered.skull_wrap, layered.wrap_faces),
    ):
        mesh = trimesh.load(folder / f"{name}.ply", process=False)
        assert isinstance(mesh, trimesh.Trimesh)
        assert (np.asarray(mesh.faces) == faces).all()
        assert np.asarray(mesh.vertices) == pytest.approx(vertices, abs=1e-9)


def test_volumes_hold_every_tetrahedron_once(folder: Path) -> None:
    layered = layered_default()
    for name, tissue in (("soft_tissue", 0), ("muscle_tissue", 1)):
        piece = ElementTree.parse(folder / f"{name}.vtu").getroot().find("UnstructuredGrid/Piece")
        assert piece is not None
        arrays = {a.attrib["Name"]: np.array((a.text or "").split(), float) for a in piece.iter("DataArray")}
        points, tets = arrays["Points"].reshape(-1, 3), arrays["connectivity"].astype(int).reshape(-1, 4)
        assert len(tets) == (layered.tissue == tissue).sum() == int(piece.attrib["NumberOfCells"])
        assert points[tets] == pytest.approx(layered.nodes[layered.tets[layered.tissue == tissue]], abs=1e-12)
        assert set(arrays["types"]) == {10}


def test_writing_again_replaces_the_files(folder: Path) -> None:
    before = (folder / "bones.ply").read_bytes()
    write_layers(layered_default(), folder)
    assert (folder / "bones.ply").read_bytes() == before

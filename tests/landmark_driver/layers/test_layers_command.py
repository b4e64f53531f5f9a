"""`softdeca head layers`, and what neither it nor `simulate` takes for a neutral head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.layers.layered_head import LayeredHead
from tests.landmark_driver.simulation.conftest import report_of


def _broken_heads() -> dict[str, tuple[Callable[[np.ndarray, np.ndarray], tuple], str]]:
    return {
        "holes": (lambda v, f: (v, f[7:]), "got a mesh with holes: 7 triangles are missing"),
        "nan": (lambda v, f: (_changed(v, 5, np.nan), f), "got NaN or infinity at 1 of "),
        "topology": (lambda v, f: (v[:3], np.array([[0, 1, 2]])), "Expected the template's topology ("),
        "crossing itself": (
            lambda v, f: (_shaken(v, 0.01), f),
            "Expected a neutral skin that does not pass through",
        ),
        "unit": (lambda v, f: (100 * v, f), "Expected a head in metres, 0.15 to 0.5 m high"),
    }


@pytest.mark.parametrize("kind", sorted(_broken_heads()))
@pytest.mark.parametrize("asked", ["simulate", "head layers"])
def test_a_mesh_that_is_no_neutral_head_is_refused(refused, work: Path, kind: str, asked: str) -> None:
    mean = load_anny_identities().mean()
    change, said = _broken_heads()[kind]
    vertices, faces = change(mean.vertices, mean.topology.faces)
    _write_ply(work / "head.ply", vertices, faces)
    arguments = {
        "simulate": ["simulate", "--weights", "jawOpen=1", "--head", "head.ply", "--out", "x.npz"],
        "head layers": ["head", "layers", "head.ply", "--out", "layers"],
    }
    assert said in refused(*arguments[asked])
    assert [file.name for file in work.iterdir()] == ["head.ply"]


def test_layers_are_written_and_reported(capsys, work: Path) -> None:
    report = report_of(capsys, "head", "layers", "default", "--out", "layers")
    assert report["tets"] == 31_896 and report["inverted"] == 0
    assert set(report["min_distance_mm"]) == {"skin_to_skull", "skin_to_muscle", "muscle_to_skull"}
    assert report["intersections"] == {"skin_bones": 0, "muscles_bones": 0}
    assert len(report["thickness_mm"]) == 20
    surfaces = ("skin", "bones", "muscles", "skin_wrap", "muscle_wrap", "skull_wrap")
    volumes = ("soft_tissue.vtu", "muscle_tissue.vtu")
    assert {*(f"{name}.ply" for name in surfaces), *volumes} <= {f.name for f in (work / "layers").iterdir()}
    wraps = [trimesh.load(work / "layers" / f"{name}.ply", process=False) for name in surfaces[3:]]
    faces = [np.asarray(wrap.faces) for wrap in wraps if isinstance(wrap, trimesh.Trimesh)]
    assert len(faces) == 3 and all((one == faces[0]).all() for one in faces)
    assert [file.name for file in work.iterdir()] == ["layers"]


def test_thickness_is_learned_from_pairs(capsys, layered: LayeredHead, work: Path) -> None:
    """The skull of every pair lies 1.25 times as deep as in a head layered by the table."""
    from landmark_driver.layers.layer_report import thickness_mm

    (work / "pairs").mkdir()
    faces = layered.topology.faces_of("skin")
    deeper = layered.skin_wrap + 1.25 * (layered.skull_wrap - layered.skin_wrap)
    for number, scale in enumerate((0.97, 1.0, 1.03)):
        _write_ply(work / "pairs" / f"{number}_skin.ply", scale * layered.skin_vertices, faces)
        _write_ply(work / "pairs" / f"{number}_skull.ply", scale * deeper, layered.wrap_faces)
    report = report_of(capsys, "head", "layers", "default", "--out", "layers", "--learn", "pairs")
    default = thickness_mm(layered)
    ratios = [report["thickness_mm"][site] / default[site] for site in default]
    assert report["inverted"] == 0
    assert np.median(ratios) == pytest.approx(1.25, abs=0.08)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (None, "Expected a folder with pairs NAME_skin.ply and NAME_skull.ply, got pairs"),
        ([], "Expected at least 3 pairs NAME_skin.ply and NAME_skull.ply in pairs, got 0"),
        (["a_skin.ply"], "Expected a skull beside a_skin.ply, got none. Name it a_skull.ply"),
        (["a_skin.ply", "a_skull.ply"], "Expected a skin in template topology ("),
    ],
)
def test_pairs_that_teach_nothing_are_refused(
    refused, work: Path, pairs: list[str] | None, said: str
) -> None:
    if pairs is not None:
        (work / "pairs").mkdir()
        for name in pairs:
            _write_ply(work / "pairs" / name, np.eye(3), np.array([[0, 1, 2]]))
    assert said in refused("head", "layers", "default", "--out", "layers", "--learn", "pairs")
    assert not (work / "layers").exists()


def _write_ply(path: Path, vertices: np.ndarray, faces: np.ndarray) -> None:
    from landmark_driver.layers.write_layers import write_ply

    write_ply(path, vertices, faces)


def _changed(vertices: np.ndarray, row: int, value: float) -> np.ndarray:
    changed = vertices.copy()
    changed[row] = value
    return changed


def _shaken(vertices: np.ndarray, size_m: float) -> np.ndarray:
    return vertices + np.random.default_rng(0).normal(0, size_m, vertices.shape)

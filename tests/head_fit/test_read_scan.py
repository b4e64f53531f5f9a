"""Scans from files: in their own order, or a named error."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from landmark_driver.head_fit import read_scan as reading
from landmark_driver.head_fit.head_fit_error import HeadFitError
from landmark_driver.head_fit.read_scan import read_scan


@pytest.fixture
def ball() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=2)


def obj_text(ball: trimesh.Trimesh, corner: str = "{0}") -> str:
    lines = ["v {} {} {}".format(*vertex) for vertex in ball.vertices]
    return (
        "\n".join(lines + ["f " + " ".join(corner.format(i + 1) for i in face) for face in ball.faces]) + "\n"
    )


@pytest.mark.parametrize("ending", [".obj", ".ply", ".glb"])
def test_vertices_keep_their_order(ball: trimesh.Trimesh, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"scan{ending}"
    ball.export(path)
    scan = read_scan(path)
    np.testing.assert_allclose(scan.vertices, ball.vertices, atol=1e-6)
    np.testing.assert_array_equal(scan.faces, ball.faces)


def test_stl_is_a_soup_of_triangles(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    path = tmp_path / "scan.stl"
    ball.export(path)
    scan = read_scan(path)
    assert len(scan.vertices) == 3 * len(ball.faces)
    np.testing.assert_allclose(scan.vertices[scan.faces], ball.vertices[ball.faces], atol=1e-6)


def test_seams_of_a_texture_do_not_split_vertices(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    """Every corner has another texture coordinate, in a picture that is red below and blue above."""
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:4], picture[4:] = (255, 0, 0), (0, 0, 255)  # OpenCV's order: blue above, red below
    cv2.imwrite(str(tmp_path / "skin.png"), picture)
    (tmp_path / "scan.mtl").write_text("newmtl skin\nmap_Kd skin.png\n")
    coordinates = "vt 0.5 0.1\nvt 0.5 0.9\n"
    faces = "".join(
        "f " + " ".join(f"{i + 1}/{1 + (ball.vertices[face, 1].mean() > 0)}" for i in face) + "\n"
        for face in ball.faces
    )
    vertices = "".join("v {} {} {}\n".format(*vertex) for vertex in ball.vertices)
    path = tmp_path / "scan.obj"
    path.write_text("mtllib scan.mtl\nusemtl skin\n" + vertices + coordinates + faces)
    scan = read_scan(path)
    assert len(scan.vertices) == len(ball.vertices)
    colors = scan.vertex_colors()
    assert colors is not None
    np.testing.assert_array_equal(colors[ball.vertices[:, 1].argmax()], [0, 0, 1])
    np.testing.assert_array_equal(colors[ball.vertices[:, 1].argmin()], [1, 0, 0])


def test_a_missing_texture_is_noted(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    (tmp_path / "scan.mtl").write_text("newmtl skin\nmap_Kd gone.png\n")
    path = tmp_path / "scan.obj"
    path.write_text("mtllib scan.mtl\nusemtl skin\nvt 0 0\n" + obj_text(ball, "{0}/1"))
    scan = read_scan(path)
    assert scan.texture is None
    assert scan.notes == ("texture 'gone.png' is missing: drawn without",)


def test_polygons_become_triangles_and_indices_may_count_back(tmp_path: Path) -> None:
    grid = [f"v {x} {y} 0" for y in range(12) for x in range(12)]
    quads = [
        f"f {12 * y + x - 144} {12 * y + x + 1 - 144} {12 * y + x + 13 - 144} {12 * y + x + 12 - 144}"
        for y in range(11)
        for x in range(11)
    ]
    path = tmp_path / "scan.obj"
    path.write_text("\n".join(grid + quads))
    scan = read_scan(path)
    assert len(scan.faces) == 2 * 121
    np.testing.assert_array_equal(scan.faces[:2], [[0, 1, 13], [0, 13, 12]])


def raises(path: Path, *words: str) -> None:
    with pytest.raises(HeadFitError) as caught:
        read_scan(path)
    message = str(caught.value)
    assert message.startswith("Expected")
    for word in words:
        assert word in message, message


def test_what_is_no_scan_is_named(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    raises(tmp_path / "scan.fbx", "scan.fbx", ".obj")
    raises(tmp_path / "gone.obj", "does not exist")
    (tmp_path / "empty.ply").write_bytes(b"")
    raises(tmp_path / "empty.ply", "empty")
    (tmp_path / "words.obj").write_text("v one two three\n")
    raises(tmp_path / "words.obj", "line 1", "damaged")
    (tmp_path / "points.obj").write_text("v 0 0 0\n")
    raises(tmp_path / "points.obj", "triangles", "0")
    trimesh.creation.box().export(tmp_path / "box.ply")
    raises(tmp_path / "box.ply", "12 triangles")


@pytest.mark.parametrize("ending", [".obj", ".ply", ".stl", ".glb"])
def test_a_file_cut_short_is_an_error(ball: trimesh.Trimesh, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"scan{ending}"
    ball.export(path)
    whole = path.read_bytes()
    if ending == ".obj":  # faces first, so that vertices are missing
        lines = whole.decode().splitlines()
        whole = "\n".join(sorted(lines, key=lambda line: not line.startswith("f"))).encode()
    path.write_bytes(whole[: int(0.8 * len(whole))])
    raises(path)


def test_coordinates_must_be_finite(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    path = tmp_path / "scan.obj"
    path.write_text(obj_text(ball).replace("v ", "v nan ", 1))
    raises(path, "vertices")
    text = obj_text(ball).splitlines()
    path.write_text("\n".join(["v nan 0 0", *text[1:]]))
    raises(path, "1 vertices with NaN")


def test_too_many_triangles_are_refused_before_they_are_read(
    ball: trimesh.Trimesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_TRIANGLES", 319)
    for ending in (".obj", ".ply", ".stl"):
        path = tmp_path / f"scan{ending}"
        ball.export(path)
        raises(path, "at most 319 triangles", "320")

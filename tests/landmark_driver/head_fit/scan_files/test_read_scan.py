"""Scans from files: in their own order, or a named error."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from landmark_driver.head_fit.scan_files import read_scan as reading
from landmark_driver.head_fit.scan_files import scan_pictures
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.head_fit.scan_files.read_scan import read_scan
from landmark_driver.head_fit.scan_files.scan_pictures import is_jpeg
from tests.landmark_driver.textured_scan import picture


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


def textured_obj(ball: trimesh.Trimesh, folder: Path, pictures: dict[str, bytes]) -> Path:
    """Triangles take the materials in turn; the last ones have none."""
    materials = "".join(f"newmtl {name}\nmap_Kd {name}\n" for name in pictures)
    (folder / "scan.mtl").write_text(materials)
    lines = ["mtllib scan.mtl", "vt 0.25 0.25", *("v {} {} {}".format(*vertex) for vertex in ball.vertices)]
    names = [*pictures, "bare"]
    for index, name in enumerate(names):
        lines.append(f"usemtl {name}")
        lines += ["f " + " ".join(f"{i + 1}/1" for i in face) for face in ball.faces[index :: len(names)]]
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    (folder / "scan.obj").write_text("\n".join(lines))
    return folder / "scan.obj"


def test_every_material_keeps_its_picture_as_it_came(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    pictures = {"a.png": picture(1), "b.jpg": picture(2, ".jpg")}
    scan = read_scan(textured_obj(ball, tmp_path, pictures))
    assert scan.texture is not None
    assert scan.texture.pictures == tuple(pictures.values())
    counts = [np.count_nonzero(scan.texture.face_picture == number) for number in (0, 1, -1)]
    assert counts == [len(ball.faces[index::3]) for index in range(3)]
    assert scan.notes == ()


def test_a_picture_too_large_is_reduced_and_that_is_said(
    ball: trimesh.Trimesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_pictures, "MOST_PX", 16)
    scan = read_scan(textured_obj(ball, tmp_path, {"a.png": picture(1)}))
    assert scan.texture is not None
    assert scan.texture.images[0].shape == (16, 16, 3)
    assert scan.notes == ("texture 'a.png' reduced from 64 x 64 to 16 x 16 pixels",)


def test_other_formats_become_png_and_broken_ones_are_noted(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    scan = read_scan(textured_obj(ball, tmp_path, {"a.bmp": picture(1, ".bmp"), "b.png": b"no picture"}))
    assert scan.texture is not None
    assert scan.texture.pictures[0].startswith(b"\x89PNG")
    plain = np.frombuffer(picture(1), np.uint8)
    wanted = np.asarray(cv2.imdecode(plain, cv2.IMREAD_COLOR))
    np.testing.assert_array_equal(scan.texture.images[0], wanted[:, :, ::-1])
    assert scan.notes == ("texture 'b.png' cannot be read: drawn without",)


def test_glb_keeps_several_meshes_in_the_files_order_with_their_picture(
    ball: trimesh.Trimesh, tmp_path: Path
) -> None:
    data = picture(3, ".jpg")
    coordinates = np.random.default_rng(0).uniform(0.1, 0.9, (len(ball.vertices), 2))
    skin = ball.copy()
    material = PBRMaterial(baseColorTexture=Image.open(io.BytesIO(data)))
    skin.visual = TextureVisuals(coordinates, material=material)
    other = trimesh.creation.box().apply_translation([3, 0, 0])
    trimesh.Scene([skin, other]).export(tmp_path / "scan.glb")
    scan = read_scan(tmp_path / "scan.glb")
    np.testing.assert_allclose(scan.vertices[: len(ball.vertices)], ball.vertices, atol=1e-6)
    assert scan.texture is not None
    assert [is_jpeg(kept) for kept in scan.texture.pictures] == [True]
    count = len(ball.faces)
    np.testing.assert_array_equal(scan.texture.face_picture, np.where(np.arange(count + 12) < count, 0, -1))
    np.testing.assert_allclose(scan.texture.coordinates[:count], coordinates[ball.faces], atol=1e-6)


def test_plain_colours_of_materials_color_the_vertices(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    """Above red, below blue; the third material is never used."""
    (tmp_path / "my scan.mtl").write_text(
        "newmtl above\nKd 0.8 0.2 0.1\nmap_Bump -bm 0.5 pores.png\n"
        "newmtl below\nKd 0.1 0.2 0.9\nnewmtl spectral\nKd spectral file.rfl\nnorm other.png\n"
    )
    up = ball.triangles_center[:, 2] > 0
    lines = ["mtllib my scan.mtl", *("v {} {} {}".format(*vertex) for vertex in ball.vertices)]
    for name, part in (("above", up), ("below", ~up)):
        lines += [f"usemtl {name}", *("f {} {} {}".format(*(face + 1)) for face in ball.faces[part])]
    path = tmp_path / "scan.obj"
    path.write_text("\n".join(lines))
    scan = read_scan(path)
    colors = scan.vertex_colors()
    assert scan.texture is None and colors is not None
    np.testing.assert_array_equal(colors[ball.vertices[:, 2].argmax()], [0.8, 0.2, 0.1])
    np.testing.assert_array_equal(colors[ball.vertices[:, 2].argmin()], [0.1, 0.2, 0.9])
    assert scan.notes == ("normal map 'pores.png' is not used",)


def test_a_picture_and_a_plain_colour_lie_side_by_side(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    path = textured_obj(ball, tmp_path, {"a.png": picture(1)})
    with (tmp_path / "scan.mtl").open("a") as file:
        file.write("newmtl bare\nKd 0.1 0.2 0.9\n")
    scan = read_scan(path)
    assert scan.texture is not None and scan.colors is not None
    bare = scan.faces[scan.texture.face_picture == -1]
    np.testing.assert_array_equal(scan.colors[bare], np.broadcast_to([0.1, 0.2, 0.9], (*bare.shape, 3)))


def test_the_vertices_own_colours_count_before_plain_ones(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    (tmp_path / "scan.mtl").write_text("newmtl skin\nKd 0.8 0.2 0.1\n")
    text = "".join("v {} {} {} 0.1 0.6 0.2\n".format(*vertex) for vertex in ball.vertices)
    text += "".join("f {} {} {}\n".format(*(face + 1)) for face in ball.faces)
    (tmp_path / "scan.obj").write_text("mtllib scan.mtl\nusemtl skin\n" + text)
    colors = read_scan(tmp_path / "scan.obj").colors
    np.testing.assert_array_equal(colors, np.tile([0.1, 0.6, 0.2], (len(ball.vertices), 1)))


def test_the_grey_that_programs_write_is_no_colour(ball: trimesh.Trimesh, tmp_path: Path) -> None:
    (tmp_path / "scan.mtl").write_text("newmtl None\nKd 0.8 0.8 0.8\n")
    (tmp_path / "scan.obj").write_text("mtllib scan.mtl\nusemtl None\n" + obj_text(ball))
    assert read_scan(tmp_path / "scan.obj").vertex_colors() is None


def test_base_colour_factors_of_glb_are_linear_and_normal_maps_are_named(
    ball: trimesh.Trimesh, tmp_path: Path
) -> None:
    skin, other = ball.copy(), trimesh.creation.box().apply_translation([3, 0, 0])
    bumps = Image.open(io.BytesIO(picture(3)))
    material = PBRMaterial(baseColorFactor=[255, 55, 0, 255], normalTexture=bumps)
    coordinates = np.full((len(ball.vertices), 2), 0.5)
    skin.visual = TextureVisuals(coordinates, material=material)
    trimesh.Scene([skin, other]).export(tmp_path / "scan.glb")
    scan = read_scan(tmp_path / "scan.glb")
    assert scan.texture is None and scan.colors is not None
    half = 128 / 255  # of sRGB's range is a fifth of the light
    np.testing.assert_allclose(scan.colors[0], [1.0, half, 0.0], atol=0.005)
    assert scan.notes == ("normal map is not used",)


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

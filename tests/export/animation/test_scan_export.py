"""A driven scan comes out with its pictures, as GLB and as USD."""

# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from export.animation.animation_glb import write_glb
from export.animation.animation_usd import write_usd
from landmark_driver.head.scan_mesh import ScanMesh
from landmark_driver.head.scan_texture import NO_PICTURE
from landmark_driver.live.drive_recording import drive_recording, find_neutral
from tests.export.animation.driven_demo import names_in
from tests.export.animation.glb_reader import ReadGlb
from tests.landmark_driver.textured_scan import textured_scan

CHARACTER = textured_scan()
MESH = CHARACTER.mesh
assert isinstance(MESH, ScanMesh) and MESH.texture is not None
TEXTURE = MESH.texture


@pytest.fixture(scope="module")
def faces():
    frames = list(read_take(DEMO_TAKE))
    return tuple(drive_recording(frames[::160][:3], CHARACTER, find_neutral(frames, "auto")))


@pytest.fixture(scope="module")
def glb(faces, tmp_path_factory):
    path = tmp_path_factory.mktemp("glb") / "scan.glb"
    write_glb(path, iter(faces), len(faces), CHARACTER)
    return ReadGlb(path)


def _rest():
    return np.setdiff1d(np.arange(len(CHARACTER.neutral_vertices)), MESH.eye_vertices)


def _primitives(glb):
    return glb.mesh_of("head")["primitives"]


def _pictured(glb):
    return [primitive for primitive in _primitives(glb) if "TEXCOORD_0" in primitive["attributes"]]


def test_the_pictures_are_in_the_file_byte_by_byte(glb):
    assert [glb.picture(number) for number in range(2)] == [
        (TEXTURE.pictures[0], "image/png"),
        (TEXTURE.pictures[1], "image/jpeg"),
    ]


def test_every_corner_shows_the_pixel_it_showed_in_the_scan(glb):
    """By place and triangle: what a reader of the file finds is what the scan's own texture says."""
    rows = _rest()
    primitives = _pictured(glb)
    assert len(primitives) == 2
    for number, primitive in enumerate(primitives):
        material = glb.document["materials"][primitive["material"]]["pbrMetallicRoughness"]
        source = glb.document["textures"][material["baseColorTexture"]["index"]]["source"]
        data = np.frombuffer(glb.picture(source)[0], np.uint8)
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1]
        corners = glb.array(primitive["indices"])[:, 0]
        uv = glb.array(primitive["attributes"]["TEXCOORD_0"])[corners]
        height, width = image.shape[:2]
        x, y = np.floor((uv % 1.0) * [width, height]).astype(int).clip(0, width - 1).T
        wanted = TEXTURE.of_faces(TEXTURE.face_picture == number)
        colors = wanted.sample().reshape(-1, 3)
        same = np.abs(255 * colors - image[y, x]).max(1) < 0.5
        assert same.mean() > 0.99, "all but those on the edge of a pixel"
        places = glb.array(primitive["attributes"]["POSITION"])[corners]
        own = CHARACTER.neutral_vertices[CHARACTER.faces[TEXTURE.face_picture == number]].reshape(-1, 3)
        np.testing.assert_allclose(places, own, atol=1e-7)
        assert "COLOR_0" not in primitive["attributes"], "it would tint the picture"
    assert len(rows)


def test_triangles_without_a_picture_keep_vertex_colours(glb):
    (plain,) = [primitive for primitive in _primitives(glb) if "TEXCOORD_0" not in primitive["attributes"]]
    assert "COLOR_0" in plain["attributes"]
    eyes = sum(
        len(glb.array(glb.mesh_of(name)["primitives"][0]["indices"])) for name in ("eyeLeft", "eyeRight")
    )
    count = np.count_nonzero(TEXTURE.face_picture == NO_PICTURE)
    assert len(glb.array(plain["indices"])) + eyes == 3 * count


def test_copies_at_seams_have_the_same_targets_and_normals(glb, faces):
    """Every primitive has the 52 targets, and the file's own data reproduces the driven vertices."""
    primitives = _primitives(glb)
    assert all(len(primitive["targets"]) == 52 for primitive in primitives)
    places = glb.array(primitives[0]["attributes"]["POSITION"])
    normals = glb.array(primitives[0]["attributes"]["NORMAL"])
    kinds, source = np.unique(places, axis=0, return_inverse=True)
    assert len(kinds) < len(places), "some vertices are split"
    for key, face in enumerate(faces):
        moved = glb.mesh_points("head", key)
        spread = np.zeros((len(kinds), 3))
        np.maximum.at(
            spread,
            source.ravel(),
            np.abs(moved - moved[np.unique(source, return_index=True)[1]][source.ravel()]),
        )
        assert spread.max() < 1e-6
        for primitive in primitives:
            corners = glb.array(primitive["indices"])[:, 0]
            if primitive in _pictured(glb):
                number = _pictured(glb).index(primitive)
                own = face.vertices[CHARACTER.faces[TEXTURE.face_picture == number]]
                assert np.linalg.norm(moved[corners] - own.reshape(-1, 3), axis=1).max() < 1e-5
    assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-5


def test_usd_has_the_pictures_beside_it_and_a_coordinate_for_every_corner(faces, tmp_path):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdShade

    write_usd(tmp_path / "x.usdc", iter(faces), len(faces), CHARACTER)
    assert sorted(names_in(tmp_path)) == ["x.picture_0.png", "x.picture_1.jpeg", "x.usdc"]
    stage = Usd.Stage.Open(str(tmp_path / "x.usdc"))
    mesh = UsdGeom.Mesh.Get(stage, "/Head/Face")
    st = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st")
    assert st.GetInterpolation() == "faceVarying"
    np.testing.assert_allclose(np.array(st.Get()).reshape(-1, 3, 2), TEXTURE.coordinates, atol=1e-6)
    assert mesh.GetSubdivisionSchemeAttr().Get() == "none"
    shown = np.full(len(CHARACTER.faces), -9)
    for subset in UsdShade.MaterialBindingAPI(mesh.GetPrim()).GetMaterialBindSubsets():
        material = UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial()[0]
        surface = material.ComputeSurfaceSource()[0]
        assert surface.GetIdAttr().Get() == "UsdPreviewSurface"
        source = UsdShade.Shader(surface.GetInput("diffuseColor").GetConnectedSource()[0].GetPrim())
        rows = np.array(subset.GetIndicesAttr().Get())
        if source.GetIdAttr().Get() != "UsdUVTexture":
            shown[rows] = NO_PICTURE
            continue
        file = source.GetInput("file").Get()
        data = Path(file.resolvedPath).read_bytes()
        shown[rows] = TEXTURE.pictures.index(data)
    np.testing.assert_array_equal(shown, TEXTURE.face_picture)

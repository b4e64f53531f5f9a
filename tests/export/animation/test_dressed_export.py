"""A head comes out with its skin and with what it wears, as GLB and as USD."""

# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse

from export.animation.animation_glb import write_glb
from export.animation.animation_usd import write_usd
from landmark_driver.character import Character
from landmark_driver.dress.material import Material
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.piece import Piece, carried, fixed
from landmark_driver.head.scan_texture import NO_PICTURE
from tests.export.animation.driven_demo import CHARACTER, demo_faces
from tests.export.animation.glb_reader import ReadGlb
from tests.landmark_driver.textured_scan import picture

_BOUND_M, _STILL_M = 1e-5, 5e-5


@cache
def dressed() -> Character:
    """The default head in a fair skin, with a piece that moves, one that does not, and one on an eyeball."""
    character = replace(CHARACTER, outfit=Outfit(skin="fair"))
    neutral, count = character.neutral_vertices.astype(float), len(character.neutral_vertices)
    chin = np.argsort(np.linalg.norm(neutral - character.head.neutral_landmarks[152], axis=1))[:12]
    eye = character.mesh.eye_vertices[1]
    tuft = neutral[chin[:4]] + [0, 0, 0.01]
    pieces = (
        _piece(
            "tuft",
            tuft,
            carried(tuft, neutral, chin),
            Material("tuft", color_picture=picture(3), alpha="mask"),
        ),
        _piece(
            "band",
            tuft + np.array([0, 0.1, 0]),
            fixed(4, count),
            Material("band", (0.2, 0.3, 0.4), double_sided=True),
        ),
        _piece(
            "iris",
            neutral[eye[:4]],
            sparse.csr_matrix((np.ones(4, np.float32), (np.arange(4), eye[:4])), (4, count)),
            Material(
                "iris", color_picture=picture(4), normal_picture=picture(5), roughness_picture=picture(6)
            ),
        ),
    )
    character.__dict__["pieces"] = pieces
    return character


def _piece(name: str, points: np.ndarray, operator: sparse.csr_matrix, material: Material) -> Piece:
    coordinates = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    return Piece(
        name, points.astype(np.float32), np.array([[0, 1, 2], [0, 2, 3]]), operator, coordinates, material
    )


@pytest.fixture(scope="module")
def glb(tmp_path_factory):
    path = tmp_path_factory.mktemp("glb") / "dressed.glb"
    write_glb(path, iter(demo_faces(16)), 30, dressed())
    return ReadGlb(path)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    pytest.importorskip("pxr")
    from pxr import Usd

    path = tmp_path_factory.mktemp("usd") / "x.usdc"
    write_usd(path, iter(demo_faces(16)), 30, dressed())
    return Usd.Stage.Open(str(path))


def _primitive(glb: ReadGlb, node: str, material: str) -> dict:
    names = [entry["name"] for entry in glb.document["materials"]]
    (found,) = [p for p in glb.mesh_of(node)["primitives"] if names[p["material"]] == material]
    return found


def _picture(glb: ReadGlb, texture: dict) -> bytes:
    return glb.picture(glb.document["textures"][texture["index"]]["source"])[0]


def test_the_skin_has_colours_normals_and_roughness_at_every_corner(glb):
    primitive = _primitive(glb, "head", "skin")
    material = glb.document["materials"][primitive["material"]]
    surface, (wanted,) = material["pbrMetallicRoughness"], dressed().materials
    assert surface["metallicFactor"] == 0 and surface["roughnessFactor"] == 1
    assert _picture(glb, surface["baseColorTexture"]) == wanted.color_picture
    assert _picture(glb, surface["metallicRoughnessTexture"]) == wanted.roughness_picture
    assert _picture(glb, material["normalTexture"]) == wanted.normal_picture
    texture = dressed().mesh.texture
    assert texture is not None
    rows = texture.face_picture != NO_PICTURE
    corners = glb.array(primitive["indices"])[:, 0]
    uv = glb.array(primitive["attributes"]["TEXCOORD_0"])[corners] * [1, -1] + [0, 1]
    np.testing.assert_allclose(uv, texture.coordinates[rows].reshape(-1, 2), atol=1e-6)
    places = glb.array(primitive["attributes"]["POSITION"])[corners]
    np.testing.assert_array_equal(places, dressed().neutral_vertices[dressed().faces[rows]].reshape(-1, 3))


def test_a_piece_has_the_targets_that_its_operator_gives(glb):
    primitive, piece = _primitive(glb, "head", "tuft"), dressed().pieces[0]
    points = glb.array(primitive["attributes"]["POSITION"])
    np.testing.assert_array_equal(points, piece.vertices)
    weights, moved = glb.curve("head", "weights")[1], points.astype(float)
    for key, face in enumerate(demo_faces(16)):
        moved = points.astype(float)
        for weight, target in zip(weights[key], primitive["targets"], strict=True):
            moved += weight * glb.array(target["POSITION"])
        wanted = piece.follow(face.vertices, dressed().neutral_vertices)
        assert np.linalg.norm(moved - wanted, axis=1).max() < _STILL_M
    assert np.linalg.norm(moved - points, axis=1).max() > 1e-4
    material = glb.document["materials"][primitive["material"]]
    assert material["alphaMode"] == "MASK" and material["doubleSided"] is False
    np.testing.assert_array_equal(
        glb.array(primitive["attributes"]["TEXCOORD_0"]), piece.coordinates * [1, -1] + [0, 1]
    )


def test_a_piece_that_never_moves_has_targets_without_data(glb):
    primitive = _primitive(glb, "head", "band")
    assert len(primitive["targets"]) == 52
    (still,) = {accessor for target in primitive["targets"] for accessor in target.values()}
    accessor = glb.document["accessors"][still]
    assert "bufferView" not in accessor and (accessor["count"], accessor["type"]) == (4, "VEC3")
    material = glb.document["materials"][primitive["material"]]
    assert material["pbrMetallicRoughness"]["baseColorFactor"] == [0.2, 0.3, 0.4, 1]
    assert "alphaMode" not in material and material["doubleSided"]


def test_a_piece_on_an_eyeball_turns_with_it(glb):
    primitive, piece = _primitive(glb, "eyeRight", "iris"), dressed().pieces[2]
    points = glb.array(primitive["attributes"]["POSITION"]).astype(float)
    for key, face in enumerate(demo_faces(16)):
        rotation, translation = glb.transform("eyeRight", key)
        wanted = piece.follow(face.vertices, dressed().neutral_vertices)
        assert np.linalg.norm(rotation.apply(points) + translation - wanted, axis=1).max() < _BOUND_M


def test_usd_has_the_skin_beside_it(stage):
    from pxr import UsdGeom, UsdShade

    mesh = UsdGeom.Mesh.Get(stage, "/Head/Face")
    assert mesh.GetSubdivisionSchemeAttr().Get() == "loop"
    assert mesh.GetFaceVaryingLinearInterpolationAttr().Get() == "all"
    skin = UsdShade.Material.Get(stage, "/Head/Looks/skin").ComputeSurfaceSource()[0]
    (wanted,) = dressed().materials
    for name, data, space in (
        ("diffuseColor", wanted.color_picture, "sRGB"),
        ("normal", wanted.normal_picture, "raw"),
        ("roughness", wanted.roughness_picture, "raw"),
    ):
        reader = UsdShade.Shader(skin.GetInput(name).GetConnectedSource()[0].GetPrim())
        assert Path(reader.GetInput("file").Get().resolvedPath).read_bytes() == data
        assert reader.GetInput("sourceColorSpace").Get() == space


def test_usd_moves_pieces_with_the_head(stage):
    from pxr import UsdGeom, UsdShade

    for piece in dressed().pieces:
        mesh = UsdGeom.Mesh.Get(stage, f"/Head/{piece.name}")
        np.testing.assert_array_equal(np.array(mesh.GetPointsAttr().Get()), piece.vertices)
        assert mesh.GetPointsAttr().GetNumTimeSamples() == (30 if piece.operator.nnz else 0)
        for face in demo_faces(16):
            code = face.capture_time_s * stage.GetTimeCodesPerSecond()
            wanted = piece.follow(face.vertices, dressed().neutral_vertices)
            np.testing.assert_allclose(np.array(mesh.GetPointsAttr().Get(code)), wanted, atol=1e-7)
        material = UsdShade.MaterialBindingAPI(mesh.GetPrim()).ComputeBoundMaterial()[0]
        assert material.GetPrim().GetName() == piece.material.name
        threshold = material.ComputeSurfaceSource()[0].GetInput("opacityThreshold")
        assert bool(threshold) == (piece.material.alpha == "mask")


def test_usds_own_validators_find_no_error(stage):
    from pxr import UsdValidation

    registry = UsdValidation.ValidationRegistry()
    context = UsdValidation.ValidationContext(registry.GetOrLoadAllValidators())
    found = [
        error
        for error in context.Validate(stage)
        if error.GetType() == UsdValidation.ValidationErrorType.Error
    ]
    assert [error.GetMessage() for error in found] == []

"""What is claimed of `--out X.usdc`."""

# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from capture.output_file import OutputError
from export.animation.animation_usd import nearest_rate_hz, write_usd
from export.animation.vertex_colors import vertex_colors
from tests.export.animation.driven_demo import CHARACTER, breaking_off, demo_faces, names_in, small_disk

pytest.importorskip("pxr")
from pxr import Usd, UsdGeom


def _written(tmp_path, faces):
    summary = write_usd(tmp_path / "x.usdc", iter(faces), len(faces), CHARACTER)
    assert names_in(tmp_path) == ["x.usdc"]
    assert summary.frames == len(faces)
    return Usd.Stage.Open(str(tmp_path / "x.usdc"))


def _mesh(stage):
    return UsdGeom.Mesh.Get(stage, "/Head/Face")


def _code(stage, face) -> float:
    return face.capture_time_s * stage.GetTimeCodesPerSecond()


def test_points_equal_the_driven_vertices(tmp_path):
    stage = _written(tmp_path, demo_faces(16))
    points = _mesh(stage).GetPointsAttr()
    assert points.GetNumTimeSamples() == 30
    for face in demo_faces(16):
        assert np.array_equal(np.array(points.Get(_code(stage, face))), face.vertices)


def test_points_of_a_driver_that_knows_no_shapes_are_exact_too(tmp_path):
    random = np.random.default_rng(1)
    shape = CHARACTER.neutral_vertices.shape
    faces = [
        replace(face, vertices=random.normal(size=shape).astype(np.float32)) for face in demo_faces()[:3]
    ]
    stage = _written(tmp_path, faces)
    for face in faces:
        assert np.array_equal(np.array(_mesh(stage).GetPointsAttr().Get(_code(stage, face))), face.vertices)


def test_frames_beyond_what_is_held_in_memory_are_all_there_in_order(tmp_path):
    faces = [
        replace(demo_faces()[index % 30], capture_time_s=index / 30, vertices=_marked(index))
        for index in range(150)
    ]
    stage = _written(tmp_path, faces)
    points = _mesh(stage).GetPointsAttr()
    assert np.allclose(points.GetTimeSamples(), np.arange(150))
    assert [points.Get(float(index))[0][0] for index in range(150)] == list(range(150))


def _marked(index: int) -> np.ndarray:
    vertices = CHARACTER.neutral_vertices.copy()
    vertices[0, 0] = index
    return vertices


def test_frames_stand_at_the_media_time_at_the_default_rate(tmp_path):
    stage = _written(tmp_path, demo_faces())
    assert (stage.GetTimeCodesPerSecond(), stage.GetFramesPerSecond()) == (30, 30)
    seconds = np.array(_mesh(stage).GetPointsAttr().GetTimeSamples()) / stage.GetTimeCodesPerSecond()
    assert np.abs(seconds - [face.capture_time_s for face in demo_faces()]).max() < 1e-9
    assert stage.GetStartTimeCode() == 0
    assert stage.GetEndTimeCode() == pytest.approx(30 * demo_faces()[-1].capture_time_s)


@pytest.mark.parametrize("rate_hz", [24, 25, 30000 / 1001, 30, 60])
def test_the_rate_is_found_in_times_rounded_to_milliseconds_with_frames_missing(rate_hz):
    times_s = np.round(np.delete(np.arange(64), [7, 8, 30]) / rate_hz, 3)
    assert nearest_rate_hz(times_s) == rate_hz


def test_the_rate_is_30_where_times_do_not_tell():
    assert nearest_rate_hz(np.zeros(1)) == nearest_rate_hz(np.zeros(5)) == 30


def test_the_head_moves_as_the_head(tmp_path):
    stage = _written(tmp_path, demo_faces(16))
    head = UsdGeom.Xform.Get(stage, "/Head")
    for face in demo_faces(16):
        matrix = np.array(head.ComputeLocalToWorldTransform(_code(stage, face)))
        assert np.abs(matrix.T - face.T_world_head).max() < 1e-9


def test_the_stage_is_in_metres_with_y_up_and_the_mesh_is_the_characters(tmp_path):
    stage = _written(tmp_path, demo_faces()[:1])
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert stage.GetDefaultPrim().GetPath() == "/Head"
    mesh = _mesh(stage)
    assert np.array_equal(np.array(mesh.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3), CHARACTER.faces)
    assert set(mesh.GetFaceVertexCountsAttr().Get()) == {3}
    colors = mesh.GetDisplayColorPrimvar()
    assert colors.GetInterpolation() == "vertex"
    assert np.array_equal(np.array(colors.Get()), vertex_colors(CHARACTER))


def test_the_extent_of_a_frame_holds_its_points(tmp_path):
    stage = _written(tmp_path, demo_faces()[:2])
    face = demo_faces()[1]
    low, high = _mesh(stage).GetExtentAttr().Get(_code(stage, face))
    assert np.allclose(low, face.vertices.min(0)) and np.allclose(high, face.vertices.max(0))


def test_a_recording_that_breaks_off_leaves_no_file_and_can_be_tried_again(tmp_path):
    with pytest.raises(RuntimeError, match="breaks off"):
        write_usd(tmp_path / "x.usdc", breaking_off(demo_faces()), 30, CHARACTER)
    assert names_in(tmp_path) == []
    with pytest.raises(RuntimeError, match="breaks off"):
        write_usd(tmp_path / "x.usdc", breaking_off(demo_faces() * 3), 90, CHARACTER)
    assert names_in(tmp_path) == []
    _written(tmp_path, demo_faces()[:2])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of files")
def test_a_full_disk_is_named_and_leaves_no_file(tmp_path):
    path = tmp_path / "x.usdc"
    with small_disk(1_000_000), pytest.raises(OutputError) as caught:
        write_usd(path, iter(demo_faces()), 30, CHARACTER)
    assert str(caught.value) == (
        f"Expected to write '{path}', got 'Error occurred writing file: File too large'. "
        "Choose a place with room and permission."
    )
    assert names_in(tmp_path) == []

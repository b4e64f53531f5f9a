"""What is claimed of `--out X.glb`."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from capture.output_file import OutputError
from export.animation.animation_glb import write_glb
from landmark_driver.head.eyes import turn_eyeballs
from tests.export.animation.driven_demo import CHARACTER, breaking_off, demo_faces, names_in, small_disk
from tests.export.animation.glb_reader import ReadGlb

_BOUND_M = 1e-5
_EYES = CHARACTER.mesh.eye_vertices
_REST = np.setdiff1d(np.arange(len(CHARACTER.neutral_vertices)), _EYES)


@pytest.fixture(scope="module")
def performance(tmp_path_factory):
    """Thirty faces from all over the take, and the file made of them."""
    faces = demo_faces(16)
    path = tmp_path_factory.mktemp("glb") / "demo.glb"
    summary = write_glb(path, iter(faces), len(faces), CHARACTER)
    assert (summary.frames, summary.tracked) == (30, 30)
    return faces, ReadGlb(path), path


def _written(tmp_path, faces):
    write_glb(tmp_path / "x.glb", iter(faces), len(faces), CHARACTER)
    return ReadGlb(tmp_path / "x.glb")


def _vertices(glb: ReadGlb, key: int) -> np.ndarray:
    """Vertices in the head frame, in the character's order, as a viewer would see them."""
    vertices = np.empty(CHARACTER.neutral_vertices.shape)
    vertices[_REST] = glb.mesh_points("head", key)
    for rows, name in zip(_EYES, ("eyeLeft", "eyeRight"), strict=True):
        rotation, translation = glb.transform(name, key)
        vertices[rows] = rotation.apply(glb.mesh_points(name, key)) + translation
    return vertices


def _farthest(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b, axis=-1).max())


def test_there_are_52_targets_with_arkit_names_in_order(performance):
    _, glb, _ = performance
    mesh = glb.mesh_of("head")
    assert mesh["extras"]["targetNames"] == list(ARKIT_NAMES)
    assert all(len(primitive["targets"]) == 52 for primitive in mesh["primitives"])
    assert all(set(target) == {"POSITION", "NORMAL"} for target in mesh["primitives"][0]["targets"])


def test_the_files_own_data_reproduces_the_driven_vertices_eyes_included(performance):
    faces, glb, _ = performance
    for key, face in enumerate(faces):
        assert _farthest(_vertices(glb, key), face.vertices) < _BOUND_M


def test_an_eye_turns_as_driven_even_where_its_weights_end(tmp_path):
    face = demo_faces()[0]
    vertices = face.vertices.copy()
    angles = np.array([[0.7, -0.3], [-0.6, 0.5]])
    turn_eyeballs(vertices, CHARACTER.head, angles)
    glb = _written(tmp_path, [replace(face, vertices=vertices, gaze=angles)])
    assert _farthest(_vertices(glb, 0), vertices) < _BOUND_M


def test_the_head_node_moves_as_the_head(performance):
    faces, glb, _ = performance
    for key, face in enumerate(faces):
        rotation, translation = glb.transform("head", key)
        assert np.abs(rotation.as_matrix() - face.T_world_head[:3, :3]).max() < 1e-5
        assert np.abs(translation - face.T_world_head[:3, 3]).max() < 1e-6


def test_the_eyes_hang_on_the_head(performance):
    _, glb, _ = performance
    head = glb.document["nodes"][glb.node("head")]
    assert head["children"] == [glb.node("eyeLeft"), glb.node("eyeRight")]
    assert glb.document["scenes"][0]["nodes"] == [glb.node("head")]


def test_keys_stand_at_the_media_time(performance):
    faces, glb, _ = performance
    captured = [face.capture_time_s for face in faces]
    for name, path in (("head", "weights"), ("head", "rotation"), ("eyeLeft", "rotation")):
        assert np.abs(glb.curve(name, path)[0] - captured).max() < 1e-6


def test_keys_of_a_live_take_start_at_zero_and_keep_their_steps(tmp_path):
    faces = [replace(face, capture_time_s=face.capture_time_s + 987654.321) for face in demo_faces()]
    times, _ = _written(tmp_path, faces).curve("head", "weights")
    assert times[0] == 0
    assert np.abs(times - [face.capture_time_s for face in demo_faces()]).max() < 1e-6


def test_neighbouring_rotations_never_take_the_long_way(tmp_path):
    faces = []
    for index, angle in enumerate(np.linspace(0, 2 * np.pi, 12)):
        pose = np.eye(4)
        pose[:3, :3] = Rotation.from_rotvec([0, angle, 0]).as_matrix()
        faces.append(replace(demo_faces()[index], T_world_head=pose))
    _, quaternions = _written(tmp_path, faces).curve("head", "rotation")
    assert ((quaternions[1:] * quaternions[:-1]).sum(1) > 0.9).all()


def test_vertices_have_the_characters_colours_as_linear_light(performance):
    _, glb, _ = performance
    attributes = glb.mesh_of("head")["primitives"][0]["attributes"]
    linear = glb.array(attributes["COLOR_0"]).astype(float)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(255 * srgb - CHARACTER.mesh.display_colors[_REST]).max() < 0.01


def test_every_triangle_of_the_head_is_there_once(performance):
    _, glb, _ = performance
    count = sum(len(glb.array(mesh["primitives"][0]["indices"])) for mesh in glb.document["meshes"])
    assert count == CHARACTER.faces.size


def test_another_reader_opens_the_file(performance):
    _, _, path = performance
    scene = trimesh.load_scene(path)
    assert set(scene.geometry) == {"head", "eyeLeft", "eyeRight"}
    assert np.abs(scene.extents - np.ptp(CHARACTER.neutral_vertices, axis=0)).max() < 1e-4


def test_the_file_says_how_far_the_shapes_are_from_what_was_driven(performance, tmp_path):
    _, glb, _ = performance
    assert glb.document["animations"][0]["extras"]["largest_error_mm"] < 0.001
    face = demo_faces()[0]
    moved = face.vertices.copy()
    moved[_REST[0], 1] += 0.002
    other = _written(tmp_path, [replace(face, vertices=moved)])
    assert other.document["animations"][0]["extras"]["largest_error_mm"] == pytest.approx(2, abs=1e-3)


def test_a_recording_that_breaks_off_leaves_no_file(tmp_path):
    with pytest.raises(RuntimeError, match="breaks off"):
        write_glb(tmp_path / "x.glb", breaking_off(demo_faces()), 30, CHARACTER)
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of files")
def test_a_full_disk_is_named_and_leaves_no_file(tmp_path):
    path = tmp_path / "x.glb"
    with small_disk(1_000_000), pytest.raises(OutputError) as caught:
        write_glb(path, iter(demo_faces()), 30, CHARACTER)
    assert str(caught.value) == (
        f"Expected to write '{path}', got 'File too large'. Choose a place with room and permission."
    )
    assert names_in(tmp_path) == []


def test_a_failure_keeps_what_was_there_before(tmp_path):
    path = tmp_path / "x.glb"
    path.write_bytes(b"an earlier performance")
    with pytest.raises(RuntimeError):
        write_glb(path, breaking_off(demo_faces()), 30, CHARACTER)
    assert path.read_bytes() == b"an earlier performance"

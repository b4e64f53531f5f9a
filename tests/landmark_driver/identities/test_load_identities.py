"""FLAME and ICT-FaceKit, in small files of the same format."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import trimesh

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.identity_model import HeadModelError
from landmark_driver.identities.flame_identities import load_flame_identities
from landmark_driver.identities.ict_identities import load_ict_identities
from landmark_driver.identities.linear_head_model import LinearHeadModel
from landmark_driver.identities.load_identities import load_head_model
from softdeca.cli import main


def small_head() -> tuple[np.ndarray, np.ndarray]:
    """A ball of a head in metres with two eyeballs, its neck cut open."""
    skull = trimesh.creation.icosphere(subdivisions=3, radius=0.09)
    faces = np.asarray(skull.faces)
    faces = faces[np.asarray(skull.vertices)[faces, 1].mean(1) > -0.07]
    used, local = np.unique(faces, return_inverse=True)
    meshes = [trimesh.Trimesh(skull.vertices[used], local.reshape(-1, 3), process=False)]
    for x in (0.032, -0.032):
        meshes.append(
            trimesh.creation.icosphere(subdivisions=2, radius=0.012).apply_translation([x, 0.02, 0.075])
        )
    whole = trimesh.util.concatenate(meshes)
    assert isinstance(whole, trimesh.Trimesh)
    return np.array(whole.vertices), np.array(whole.faces)


VERTICES, FACES = small_head()
EYES = np.linalg.norm(np.abs(VERTICES) - [0.032, 0.02, 0.075], axis=1) < 0.0121


def write_obj(path: Path, vertices: np.ndarray) -> None:
    lines = ["v {} {} {}".format(*vertex) for vertex in vertices] + [
        "f {} {} {}".format(*f) for f in FACES + 1
    ]
    path.write_text("\n".join(lines))


def ict_names() -> list[str]:
    names = set()
    for name in ARKIT_NAMES:
        if name in ("browInnerUp", "cheekPuff"):
            names |= {f"{name}_L", f"{name}_R"}
        elif name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            names.add(name)
        elif name != "tongueOut":
            names.add(name.replace("Left", "_L").replace("Right", "_R"))
    return sorted(names)


@pytest.fixture
def ict_folder(tmp_path: Path) -> Path:
    """Centimetres, as ICT-FaceKit; shape i of an expression moves vertex i, looking left turns the left eye."""
    neutral = 100 * VERTICES
    write_obj(tmp_path / "generic_neutral_mesh.obj", neutral)
    for index in range(3):
        write_obj(tmp_path / f"identity{index:03d}.obj", neutral * [1 + 0.02 * (index + 1), 1, 1])
    for index, name in enumerate(ict_names()):
        moved = neutral.copy()
        moved[index, 1] += 1.0
        if name == "eyeLookOut_L":
            left = EYES & (VERTICES[:, 0] > 0)
            centre, angle = neutral[left].mean(0), 0.4
            turn = np.array(
                [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
            )
            moved[left] = (neutral[left] - centre) @ turn.T + centre
        write_obj(tmp_path / f"{name}.obj", moved)
    landmarks = {"idx_to_landmark_verts": list(range(68)), "expressions": ict_names()}
    (tmp_path / "vertex_indices.json").write_text(json.dumps(landmarks))
    return tmp_path


def check_interface(model: LinearHeadModel, count: int) -> None:
    mean = model.mean()
    topology = model.topology
    assert len(model.coefficient_names) == count
    left, right = (
        mean.vertices[topology.vertices_of(f"eyeball_{side}")].mean(0) for side in ("left", "right")
    )
    np.testing.assert_allclose((left + right) / 2, 0, atol=1e-6)
    np.testing.assert_allclose(left - right, [0.064, 0, 0], atol=1e-6)
    assert mean.vertices[topology.neck_loop, 1].max() < mean.vertices[:, 1].mean()
    one = model.head(np.eye(count)[0]).vertices
    two = model.head(2 * np.eye(count)[0]).vertices
    np.testing.assert_allclose(two - one, one - mean.vertices, atol=1e-9)
    sampled = model.sample(np.random.default_rng(0))
    np.testing.assert_allclose(model.head(sampled.coefficients).vertices, sampled.vertices)
    with pytest.raises(HeadModelError, match=f"Expected {count} finite coefficients"):
        model.head(np.zeros(count + 1))


def test_ict_has_the_interface_and_its_own_expressions(ict_folder: Path) -> None:
    model = load_ict_identities(ict_folder)
    check_interface(model, 3)
    shapes = model.template_expressions()
    for name, files in (
        ("jawLeft", ["jawLeft"]),
        ("mouthSmileRight", ["mouthSmile_R"]),
        ("mouthLeft", ["mouthLeft"]),
    ):
        expected = np.zeros_like(VERTICES)
        for file in files:
            expected[ict_names().index(file), 1] = 0.01
        np.testing.assert_allclose(shapes[ARKIT_NAMES.index(name)], expected, atol=1e-9)
    both = shapes[ARKIT_NAMES.index("browInnerUp")]
    assert np.count_nonzero(both.any(1)) == 2
    assert not shapes[ARKIT_NAMES.index("tongueOut")].any()
    np.testing.assert_allclose(
        model.gaze_turns()[ARKIT_NAMES.index("eyeLookOutLeft")], [[0, 0.4, 0], [0, 0, 0]], atol=1e-6
    )


def test_a_missing_or_foreign_ict_file_is_named(ict_folder: Path) -> None:
    (ict_folder / "jawOpen.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(HeadModelError, match="got 3"):
        load_ict_identities(ict_folder)
    (ict_folder / "jawOpen.obj").unlink()
    with pytest.raises(HeadModelError, match=r"Expected 'jawOpen.obj'"):
        load_ict_identities(ict_folder)
    with pytest.raises(HeadModelError, match="FaceXModel folder"):
        load_ict_identities(ict_folder / "elsewhere")


def flame_arrays() -> dict[str, np.ndarray]:
    shapes = np.random.default_rng(1).normal(0, 1e-4, (len(VERTICES), 3, 104))
    shapes[EYES] = 0
    return {"v_template": VERTICES, "shapedirs": shapes, "f": FACES.astype(np.uint32)}


@pytest.mark.parametrize("ending", [".npz", ".pkl"])
def test_flame_has_the_interface(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"flame{ending}"
    if ending == ".npz":
        np.savez(path, allow_pickle=False, **flame_arrays())
    else:
        path.write_bytes(pickle.dumps(flame_arrays(), protocol=2))
    model = load_flame_identities(path)
    check_interface(model, 4)
    np.testing.assert_allclose(model.directions[2], flame_arrays()["shapedirs"][:, :, 2])


class Harmful:
    def __reduce__(self):
        return (print, ("code in a pickle ran",))


def test_a_pickle_cannot_run_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flame.pkl"
    path.write_bytes(pickle.dumps(flame_arrays() | {"extra": Harmful()}))
    with pytest.raises(HeadModelError, match="print' is no array"):
        load_flame_identities(path)
    assert "code in a pickle ran" not in capsys.readouterr().out


def test_what_is_no_flame_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeadModelError, match=r"\.pkl or \.npz"):
        load_flame_identities(tmp_path / "gone.pkl")
    arrays = flame_arrays()
    np.savez(
        tmp_path / "few.npz", allow_pickle=False, **(arrays | {"shapedirs": arrays["shapedirs"][:, :, :100]})
    )
    with pytest.raises(HeadModelError, match="more than 100"):
        load_flame_identities(tmp_path / "few.npz")
    whole = (tmp_path / "few.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(HeadModelError, match="cannot be read"):
        load_flame_identities(tmp_path / "cut.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(HeadModelError, match="v_template"):
        load_flame_identities(tmp_path / "other.npz")


def sampled(source: str, out: Path) -> int:
    """The exit status of `head sample`."""
    try:
        main(["head", "sample", "--seed", "3", "--identities", source, "--out", str(out), "--json"])
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    return 0


@pytest.mark.parametrize("kind", ["ict", "flame"])
def test_the_command_line_samples_other_identities(
    ict_folder: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flame = tmp_path / "flame.npz"
    np.savez(flame, allow_pickle=False, **flame_arrays())
    source = {"ict": ict_folder, "flame": flame}[kind]
    out = tmp_path / "head.ply"
    assert sampled(f"{kind}:{source}", out) == 0
    assert json.loads(capsys.readouterr().out)["vertices"] == len(VERTICES)
    model = load_head_model(f"{kind}:{source}")
    written = trimesh.load(out, process=False, force="mesh")
    assert isinstance(written, trimesh.Trimesh)
    expected = model.sample(np.random.default_rng(3)).vertices
    np.testing.assert_allclose(written.vertices, expected, atol=1e-6)
    np.testing.assert_array_equal(written.faces, FACES)


@pytest.mark.parametrize("source", ["flame", "flame:", "smpl:model.pkl", "flame:gone.pkl", "ict:gone"])
def test_an_identity_source_that_is_none_is_named(
    tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "head.obj"
    assert sampled(source, out) == 2
    said = capsys.readouterr().err
    assert "softdeca: Expected" in said and "Traceback" not in said
    assert ("gone" in said) or f"got '{source}'" in said
    assert not out.exists()

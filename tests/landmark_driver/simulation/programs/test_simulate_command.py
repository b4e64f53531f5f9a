"""`softdeca simulate`: files, fields, and what is refused in which words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.simulated_head import SimulatedHead
from landmark_driver.simulation.programs import simulate_head as command
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.conftest import report_of

REPORT = {
    "path",
    "frames",
    "residual_mm",
    "residual_n",
    "iterations",
    "ms",
    "volume_change",
    "inversions",
    "penetrations",
}


@pytest.fixture
def prepared(head: SimulatedHead, monkeypatch: pytest.MonkeyPatch) -> SimulatedHead:
    """The commands find this head ready instead of layering one."""
    monkeypatch.setattr(command, "prepare_head", lambda _, identities, sliding: head)
    return head


def test_a_settled_expression_is_written_with_everything_it_took(prepared, capsys, work: Path) -> None:
    report = report_of(
        capsys, "simulate", "--weights", "mouthSmileLeft=0.8", "--out", "x.npz", "--no-contact"
    )
    assert set(report) == REPORT
    assert report["residual_mm"] < 0.05 and report["iterations"] >= 1 and report["ms"] > 0
    assert report["inversions"] == 0 and report["penetrations"] is None and report["frames"] == 1
    layered = prepared.layered
    with np.load(work / "x.npz") as data:
        assert data["vertices"].shape == data["target_vertices"].shape == (1, *layered.vertices.shape)
        assert data["vertices"].dtype == data["neutral_vertices"].dtype == np.float32
        assert data["nodes"].shape == (1, *layered.nodes.shape)
        assert data["tets"].dtype == data["faces"].dtype == np.int32
        assert data["tissue"].dtype == np.uint8 and set(data["tissue"]) == {0, 1}
        np.testing.assert_array_equal(data["tets"], layered.tets)
        np.testing.assert_array_equal(data["faces"], layered.topology.faces)
        np.testing.assert_allclose(data["neutral_vertices"], layered.vertices, atol=1e-7)
        volumes = _volumes(data["nodes"][0], data["tets"])
        change = volumes.sum() / _volumes(layered.nodes, layered.tets).sum() - 1
        assert volumes.min() > 0 and change == pytest.approx(report["volume_change"], abs=1e-9)
        moved = np.linalg.norm(data["target_vertices"] - data["neutral_vertices"], axis=2)
        missed = np.linalg.norm(data["target_vertices"] - data["vertices"], axis=2)
        assert missed[moved > 5e-4].mean() < 3.5e-4 < 2e-3 < moved.max()
    assert [file.name for file in work.iterdir()] == ["x.npz"]


def test_a_preset_is_tissue_and_gravity_and_own_flags_stand_on_top(prepared, capsys, work: Path) -> None:
    """Gravity alone moves a head without an expression: the preset's, unless another is given."""

    def sag_mm(*arguments: str) -> np.ndarray:
        flags = ("--weights", "jawOpen=0", "--no-contact", "--out", "x.npz")
        report_of(capsys, "simulate", *flags, *arguments)
        with np.load(work / "x.npz") as data:
            return 1e3 * (data["vertices"][0] - data["neutral_vertices"])

    hanging = sag_mm("--preset", "upside-down")
    assert np.array_equal(hanging, sag_mm("--gravity", "0,9.81,0")) and hanging[:, 1].max() > 0.3
    assert np.abs(sag_mm("--preset", "upside-down", "--gravity", "0,0,0")).max() < 1e-3
    assert (
        np.abs(sag_mm("--preset", "upside-down", "--material", "all.stiffness=4")).max()
        < np.abs(hanging).max() / 2
    )


def test_motion_is_written_with_its_times_and_poses(prepared, capsys, work: Path) -> None:
    names = ["jawOpen", *(f"browDown{s}" for s in ("Left", "Right"))]
    names += [
        f"{n}{s}" for n in ("eyeBlink", "mouthSmile", "mouthFrown", "noseSneer") for s in ("Left", "Right")
    ]
    rows = [f"00:00:00:{2 * n:02d}.000,{','.join(['0.0'] * len(names))},{0.05 * n}" for n in range(4)]
    (work / "nod.csv").write_text("\n".join([",".join(["Timecode", *names, "HeadPitch"]), *rows]) + "\n")
    arguments = ("simulate", "--weights", "nod.csv", "--dynamic", "30", "--no-contact", "--out", "x.npz")
    report = report_of(capsys, *arguments, "--gravity", "0,-9.81,0")
    assert set(report) == REPORT and report["frames"] == 4 and report["inversions"] == 0
    assert report["residual_mm"] < 0.05
    with np.load(work / "x.npz") as data:
        np.testing.assert_allclose(data["timestamps_s"], np.arange(4) / 30)
        assert data["vertices"].shape == (4, *prepared.layered.vertices.shape)
        assert data["T_world_head"].shape == (4, 4, 4)
        pitch = np.arctan2(data["T_world_head"][:, 2, 1], data["T_world_head"][:, 1, 1])
        np.testing.assert_allclose(pitch, 0.05 * np.arange(4), atol=1e-6)


def test_a_solve_that_does_not_end_is_an_error_and_leaves_no_file(
    layered: LayeredHead, head: SimulatedHead, monkeypatch, refused, work: Path
) -> None:
    hasty = SimulatedHead(layered, head.expressions)
    settings = SolverSettings(max_iterations=2)
    hasty.simulator = Simulator(head.mesh, settings=settings)
    monkeypatch.setattr(command, "prepare_head", lambda _, identities, sliding: hasty)
    text = refused(
        "simulate",
        "--weights",
        "jawOpen=0",
        "--gravity",
        "0,-9.81,0",
        "--material",
        "all.stiffness=0.1",
        "--no-contact",
        "--out",
        "x.npz",
    )
    assert text.startswith("Expected a node step below the tolerance, got ")
    assert text.endswith("Allow more iterations, raise the tolerance, or start closer to the solution.")
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--weights", "jawOpen=2"], "Expected a weight from 0 to 1, got jawOpen=2"),
        (["--weights", "jawOpen=-0.1"], "Expected a weight from 0 to 1, got jawOpen=-0.1"),
        (["--weights", "jawOpen=nan"], "Expected a weight from 0 to 1, got jawOpen=nan"),
        (["--weights", "jawOpn=1"], "got 'jawOpn'. Write 'jawOpen' if that is meant."),
        (
            ["--weights", "jawOpen"],
            "Expected NAME=WEIGHT, got 'jawOpen'. Write the weights as in jawOpen=0.7,mouthSmileLeft=1.",
        ),
        (
            ["--weights", "nobody.csv"],
            "Expected a CSV of ARKit weights, got 'nobody.csv', which cannot be read",
        ),
        (["--material", "tail.stiffness=1"], "Expected a region, got 'tail'. Choose all, "),
        (
            ["--material", "cheek.softness=1"],
            "Choose the parameter from stiffness, incompressibility, strength, volume",
        ),
        (["--material", "cheek.stiffness"], "Expected REGION.PARAMETER=NUMBER"),
        (["--material", "cheek.stiffness=-1"], "Expected stiffness from 0.02 to 33.33, got -1"),
        (["--material", "all.incompressibility=0.6"], "Expected incompressibility from 0 to 0.495, got 0.6"),
        (["--material", "lids.strength=-1"], "Expected strength from 0 to 2, got -1"),
        (["--material", "all.volume=9"], "Expected volume from 0.4 to 2.5, got 9"),
        (["--bone", "mandible.scale=3"], "Expected scale from 0.8 to 1.3, got 3"),
        (["--bone", "nose.scale=1"], "or the bone from mandible, cranium"),
        (["--gravity", "0,-9.81"], "Expected three numbers X,Y,Z, got '0,-9.81'"),
        (["--gravity", "0,nan,0"], "Expected gravity as three finite numbers in m/s², got 0,nan,0"),
        (["--slide", "tail"], "Expected a region, got 'tail'. Choose all, "),
        (["--dynamic", "3"], "Expected 10 to 1000 frames a second for motion, got 3"),
        (["--dynamic", "30", "--damping", "-1"], "Expected damping from 0 on, in 1/s, got -1"),
        (["--head", "nobody.ply"], "Expected 'default', a character or an existing mesh"),
        (["--out", "x.obj"], "Expected an output ending in .npz, got 'x.obj'"),
        (["--out", "nowhere/x.npz"], "Expected an existing folder for 'x.npz'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused(prepared, refused, work: Path, arguments: list[str], said: str) -> None:
    default = {"--weights": "browInnerUp=0", "--out": "x.npz"}
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    flags = [word for pair in (default | given).items() for word in pair]
    assert said in refused("simulate", "--no-contact", *flags)
    assert list(work.iterdir()) == []


def _volumes(nodes: np.ndarray, tets: np.ndarray) -> np.ndarray:
    edges = nodes[tets[:, 1:]] - nodes[tets[:, :1]]
    return np.linalg.det(edges) / 6

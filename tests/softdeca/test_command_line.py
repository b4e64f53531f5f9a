"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from capture.phone.phone_app import PAGE
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take, read_take_header
from capture.tracking import tracking_model
from landmark_driver import Character
from landmark_driver.identities.anny_identities import load_anny_identities
from softdeca.cli import main
from tests.astronaut_video import write_astronaut_video
from tests.free_port import free_port
from tests.tracker_file import tracking_model_or_skip

ROOT = Path(__file__).parents[2]
LIVE_FIELDS = {
    "frames_in",
    "frames_driven",
    "frames_dropped",
    "seconds",
    "fps",
    "latency_ms",
    "tracked_fraction",
    "sources",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a configuration folder of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def model() -> Path:
    return tracking_model_or_skip()


def call(*arguments: str | Path) -> int:
    """The exit status of the command in this process."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code
    return 0


def run(*arguments: str | Path, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "softdeca", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, env=environment)


def last_json(output: str) -> dict[str, Any]:
    """The last line of standard output, which is all of it."""
    [line] = output.splitlines()
    return json.loads(line)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The words with which bad input is refused: one or two lines on standard error, status 2."""
    status = call(*arguments)
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert status == 2, captured.err
    assert captured.out == ""
    assert 1 <= len(lines) <= 2, captured.err
    assert lines[0].startswith("softdeca: ") and "Traceback" not in captured.err
    return captured.err.removeprefix("softdeca: ").strip()


@pytest.mark.parametrize(
    ("command", "mentions"),
    [
        ((), ["live", "drive", "head", "evaluate", "bench"]),
        (
            ("live",),
            ["--source", "--head", "--driver", "--record", "--port", "--no-viewer", "--seconds", "--json"],
        ),
        (("drive",), ["--out", "--head", "--driver", "--neutral", "--json"]),
        (("head",), ["sample"]),
        (("head", "sample"), ["--seed", "--out", "--json"]),
        (("evaluate",), ["--closed-loop", "--seed", "--json"]),
        (("bench",), ["--target", "--threads", "--seconds", "--report", "--budget", "--json", "compare"]),
    ],
)
def test_help_is_everywhere(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], mentions: list[str]
) -> None:
    assert call(*command, "--help") == 0
    shown = capsys.readouterr().out
    for word in mentions:
        assert word in shown


@pytest.mark.parametrize("arguments", [["fly"], ["live", "--speed", "9"], ["drive"], ["live", "--port", "x"]])
def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert call(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "live", "--source", "telepathy", "--no-viewer") == (
        "Expected a source (phone, webcam[:N], video:PATH, take:PATH, demo), got 'telepathy'. "
        "Choose one of these."
    )


@pytest.mark.parametrize("kind", ["video", "take"])
def test_a_missing_file(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    text = refused(capsys, "live", "--source", f"{kind}:nobody.file", "--no-viewer")
    assert "'nobody.file'" in text and text.startswith("Expected a ")


def test_a_file_that_is_no_video(capsys: pytest.CaptureFixture[str], home: Path, model: Path) -> None:
    (home / "x.mp4").write_text("these are words")
    text = refused(capsys, "drive", "x.mp4", "--out", "x.npz")
    assert "x.mp4" in text
    assert not (home / "x.npz").exists()


def test_a_missing_character(capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(capsys, "live", "--source", "demo", "--head", "nobody.safetensors", "--no-viewer")
    assert text.startswith("Expected a character file, got 'nobody.safetensors', which does not exist.")


def test_a_tracking_model_with_another_checksum(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = home / "cache" / "softdeca" / "face_landmarker.task"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"some other model")
    monkeypatch.setattr(tracking_model, "cached_model_path", lambda: wrong)
    monkeypatch.setattr(tracking_model, "MODEL_PACKAGE", "a-package-that-is-not-installed")
    video = write_astronaut_video(home / "face.mp4", seconds=0.1)
    for arguments in (
        ("drive", video, "--out", "x.npz"),
        ("live", "--source", f"video:{video}", "--no-viewer"),
        ("live", "--source", "webcam", "--no-viewer"),
    ):
        text = refused(capsys, *arguments)
        assert text.startswith("Expected the face tracking model face_landmarker.task (sha256 64184e22")
        assert f"got another file at '{wrong}'" in text


def test_a_viewer_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = refused(capsys, "live", "--source", "demo", "--viewer-port", str(port))
    assert text.startswith(f"Expected port {port} for the viewer to be free, got ")
    assert text.endswith("choose another with --viewer-port.")


@pytest.mark.skipif(not (PAGE / "node_modules").exists(), reason="needs npm ci --prefix capture/page")
def test_a_phone_port_in_use(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        text = refused(capsys, "live", "--port", str(port), "--no-viewer")
    assert text == (
        f"Expected port {port} to be free, got 'in use by another program'. "
        "End the other program or choose another with --port."
    )


@pytest.mark.parametrize("out", ["x.txt", "x", "x.npz.zip"])
def test_a_wrong_output_ending(capsys: pytest.CaptureFixture[str], home: Path, out: str) -> None:
    text = refused(capsys, "drive", DEMO_TAKE, "--out", out)
    assert text.startswith("Expected an output ending in .npz")
    assert text.endswith(f"got '{out}'. Choose another name.")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "command", [("drive", str(DEMO_TAKE)), ("head", "sample", "--seed", "1")], ids=["drive", "head sample"]
)
def test_an_output_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], home: Path, command: tuple[str, ...]
) -> None:
    """Known before the work begins."""
    ending = ".npz" if command[0] == "drive" else ".ply"
    text = refused(capsys, *command, "--out", f"nowhere/x{ending}")
    assert text == (
        f"Expected an existing folder for 'x{ending}', got 'nowhere', which is none. "
        "Make it first, or choose another."
    )
    assert list(home.iterdir()) == []


def test_a_take_that_cannot_be_written(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    text = refused(capsys, "live", "--source", "demo", "--no-viewer", "--record", "nowhere/x.mcap")
    assert text.startswith("Expected to record to 'nowhere/x.mcap'")


def test_a_take_that_exists_is_not_written_over(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    (home / "x.mcap").write_bytes(b"precious")
    text = refused(capsys, "live", "--source", "demo", "--no-viewer", "--record", "x.mcap")
    assert text.startswith("Expected a new name to record to, got 'x.mcap', which exists")
    assert (home / "x.mcap").read_bytes() == b"precious"


EVALUATION_FIELDS = {
    "method",
    "split",
    "landmarks",
    "mean_mm",
    "p95_mm",
    "max_mm",
    "lip_penetrations",
    "ms_per_frame_1_thread",
}


def test_a_session_that_does_not_begin_leaves_no_take(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    refused(capsys, "live", "--source", "telepathy", "--no-viewer", "--record", "x.mcap")
    assert list(home.iterdir()) == []


def test_a_neutral_that_is_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "drive", DEMO_TAKE, "--out", "x.npz", "--neutral", "soon") == (
        "Expected --neutral auto or a number of seconds, got 'soon'. Try --neutral 1."
    )


def test_an_evaluation_with_impossible_noise(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "evaluate", "--noise", "-1") == (
        "Expected --noise of at least 0 and --drop from 0 to below 1, got -1.0 and 0.0. Choose other values."
    )


def test_an_evaluation_of_what_ships_needs_no_arguments() -> None:
    done = run("evaluate", "--samples", "2", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["method"]: row for row in last_json(done.stdout)["rows"]}
    assert rows["SparseSoftDECA"]["mean_mm"] < rows["do nothing"]["mean_mm"] / 3
    assert set(rows["SparseSoftDECA"]) >= EVALUATION_FIELDS


def test_two_seconds_of_the_demo_are_reported_as_one_json_object() -> None:
    done = run("live", "--source", "demo", "--seconds", "2", "--no-viewer", "--json")
    assert done.returncode == 0, done.stderr
    report = last_json(done.stdout)
    assert set(report) == LIVE_FIELDS
    assert report["frames_driven"] > 10
    assert report["frames_in"] == report["frames_driven"] + report["frames_dropped"]
    assert report["tracked_fraction"] == 1.0
    assert report["sources"] == ["demo"]
    assert report["fps"] == pytest.approx(report["frames_driven"] / report["seconds"], rel=0.02)
    assert set(report["latency_ms"]) == {"capture_to_receive", "receive_to_vertices", "capture_to_vertices"}
    for percentiles in report["latency_ms"].values():
        assert set(percentiles) == {"p50", "p95", "p99"}
        assert percentiles["p50"] <= percentiles["p95"] <= percentiles["p99"]
    assert "drove" in done.stderr


def test_the_viewer_is_announced_and_measured() -> None:
    port = free_port()
    done = run("live", "--source", "demo", "--seconds", "3", "--viewer-port", str(port), "--json")
    assert done.returncode == 0, done.stderr
    assert f"viewer: http://localhost:{port}" in done.stderr
    assert "vertices_to_viewer" in last_json(done.stdout)["latency_ms"]


def test_without_json_nothing_is_on_standard_output() -> None:
    done = run("live", "--source", "demo", "--seconds", "0.5", "--no-viewer")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"drove \d+ frames at [\d.]+ a second", done.stderr)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_stopped_is_a_good_end(number: signal.Signals, home: Path) -> None:
    """The report comes, and the take is complete."""
    command = [sys.executable, "-m", "softdeca", "live", "--source", "demo", "--json"]
    command += ["--viewer-port", str(free_port()), "--record", "x.mcap"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stderr is not None
        assert "viewer: " in process.stderr.readline()
        part = home / "x.mcap.part"
        while not part.exists() or part.stat().st_size < 100_000:
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    assert last_json(out)["frames_driven"] > 0
    assert len(list(read_take(home / "x.mcap"))) > 10
    assert [file.name for file in home.iterdir()] == ["x.mcap"]


def test_a_recorded_session_can_be_played_and_driven_again(home: Path) -> None:
    done = run("live", "--source", "demo", "--seconds", "2", "--no-viewer", "--record", "x.mcap", "--json")
    assert done.returncode == 0, done.stderr
    assert "recorded: x.mcap" in done.stderr
    frames = list(read_take(home / "x.mcap"))
    assert len(frames) >= last_json(done.stdout)["frames_driven"] > 10
    assert read_take_header(home / "x.mcap").source == "demo"
    demo = list(read_take(DEMO_TAKE))
    for recorded, original in zip(frames, demo, strict=False):
        np.testing.assert_array_equal(recorded.landmarks, original.landmarks)

    again = run("live", "--source", "take:x.mcap", "--no-viewer", "--json")
    assert again.returncode == 0, again.stderr
    assert last_json(again.stdout)["frames_in"] == len(frames)

    driven = run("drive", "x.mcap", "--out", "x.npz", "--neutral", "0.8", "--json")
    assert driven.returncode == 0, driven.stderr
    assert last_json(driven.stdout)["frames"] == len(frames)


def test_a_video_is_driven_frame_by_frame(home: Path, model: Path) -> None:
    video = write_astronaut_video(home / "face.mp4", seconds=2)
    done = run("drive", video, "--out", "x.npz", "--json")
    assert done.returncode == 0, done.stderr
    report = last_json(done.stdout)
    assert report == {"path": "x.npz", "frames": 60, "tracked": 60, "tracked_fraction": 1.0}
    character = Character.load("default")
    with np.load(home / "x.npz") as data:
        assert data["vertices"].shape == (60, len(character.neutral_vertices), 3)
        assert data["vertices"].dtype == np.float32
        assert data["tracked"].all()
        np.testing.assert_allclose(np.diff(data["timestamps_s"]), 1 / 30, atol=1e-3)
        assert tuple(data["weight_names"]) == ARKIT_NAMES
        assert ((data["weights"] >= 0) & (data["weights"] <= 1)).all()
        # The window pans and zooms over one portrait: the head moves, the face hardly does.
        moved = np.linalg.norm(data["vertices"] - character.neutral_vertices, axis=2)
        skin = np.unique(character.head.faces[character.head.face_part == 0])
        assert np.median(moved[:, skin].max(1)) < 0.008
        place = data["T_world_head"][:, :3, 3]
        assert (place[:, 2] < 0).all() and np.ptp(place[:, 0]) > 0.005


def test_a_take_is_driven_as_it_was_performed() -> None:
    done = run("drive", DEMO_TAKE, "--out", "x.npz", "--neutral", "0.5", "--json")
    assert done.returncode == 0, done.stderr
    report = last_json(done.stdout)
    assert report["frames"] == report["tracked"] == len(list(read_take(DEMO_TAKE)))
    with np.load("x.npz") as data:
        weights = dict(zip(data["weight_names"], data["weights"].T, strict=True))
        times_s = data["timestamps_s"]
        smile = weights["mouthSmileLeft"]
        assert smile[(times_s > 1.7) & (times_s < 2.2)].mean() > 0.4 > 4 * smile[times_s < 0.5].mean()
        assert weights["jawOpen"][(times_s > 4.3) & (times_s < 4.6)].mean() > 0.4


def test_a_sampled_head_is_the_same_for_the_same_seed(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    topology = load_anny_identities().topology
    for seed, name in ((5, "a.ply"), (5, "b.ply"), (6, "c.ply"), (5, "d.obj"), (5, "e.glb")):
        assert call("head", "sample", "--seed", str(seed), "--out", name, "--json") == 0
        assert last_json(capsys.readouterr().out) == {
            "path": name,
            "vertices": topology.vertex_count,
            "faces": len(topology.faces),
        }
    assert (home / "a.ply").read_bytes() == (home / "b.ply").read_bytes()
    assert (home / "a.ply").read_bytes() != (home / "c.ply").read_bytes()
    assert refused(capsys, "head", "sample", "--seed", "1", "--out", "x.stl") == (
        "Expected an output ending in .obj or .ply or .glb, got 'x.stl'. Choose another name."
    )


def test_a_failed_drive_leaves_what_was_there(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    (home / "x.npz").write_bytes(b"older")
    (home / "bad.mcap").write_bytes(DEMO_TAKE.read_bytes()[:2000])
    refused(capsys, "drive", "bad.mcap", "--out", "x.npz")
    assert (home / "x.npz").read_bytes() == b"older"
    assert sorted(file.name for file in home.iterdir()) == ["bad.mcap", "x.npz"]


def test_an_internal_failure_is_status_1(tmp_path: Path) -> None:
    program = (
        "import landmark_driver.live.drive as d, softdeca.cli as cli\n"
        "def broken(*_, **__): raise KeyError('ours')\n"
        "d.find_neutral = broken\n"
        f"cli.main(['drive', {str(DEMO_TAKE)!r}, '--out', 'x.npz'])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 1
    assert "KeyError" in done.stderr

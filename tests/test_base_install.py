"""Every command of the README on the base install: it works, or one line names the extra that it needs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from capture.extras import install_command
from capture.sources.live_source import DEMO_TAKE
from tests.free_port import free_port
from tests.tracker_file import tracking_model_or_skip
from tests.without_extras import ABSENT, run_without_extras

ROOT = Path(__file__).parents[1]
WORKS = {
    "live": ("live", "--source", "demo", "--seconds", "2", "--no-viewer", "--json"),
    "drive": ("drive", str(DEMO_TAKE), "--out", "clip.glb", "--json"),
    "head sample": ("head", "sample", "--seed", "7", "--out", "head.obj", "--json"),
    "head info": ("head", "info", "default", "--json"),
    "evaluate --closed-loop": (
        *("evaluate", "--closed-loop", "--heads", "1", "--mixtures", "1", "--natural", "1", "--json"),
    ),
    "bench": ("bench", "--seconds", "0.3", "--report", "out", "--json"),
    "bench compare": ("bench", "compare", "out", "out", "--json"),
    "doctor": ("doctor", "--json"),
}
"""In this order: some read files that others wrote."""
TRACKS = {"evaluate --closed-loop"}
"""MediaPipe looks at pictures in these."""
FITTED_FROM_THE_WHEEL = {"head fit"}
"""`test_wheel.py` runs these without the extras."""
NEEDS = {
    "drive to .usdc": ("export", ("drive", str(DEMO_TAKE), "--out", "clip.usdc")),
    "head layers": ("physics", ("head", "layers", "default", "--out", "layers")),
    "head edit": (
        "physics",
        ("head", "edit", "default", "--material", "all.volume=1.3", "--out", "round.safetensors"),
    ),
    "simulate": ("physics", ("simulate", "--weights", "mouthSmileLeft=1", "--out", "smile.npz")),
    "export": ("export", ("export", "default", "--format", "tflite", "--out", "head.tflite")),
    "evaluate": ("train", ("evaluate", "--samples", "2")),
    "dataset": ("train", ("dataset", "--out", "data", "--heads", "1")),
    "train": ("train", ("train", "data", "--out", "w.safetensors")),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("base")


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_without_extras(place, ROOT, *words)


def softdeca(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    flags = {"live": ("--port",), "doctor": ("--port", "--viewer-port")}.get(words[0], ())
    ports = [word for flag in flags for word in (flag, str(free_port()))]
    return run(place, "-m", "softdeca", *words, *ports)


def test_the_packages_of_the_extras_are_absent_here(place: Path) -> None:
    program = f"from importlib.util import find_spec; print([n for n in {ABSENT!r} if find_spec(n)])"
    done = run(place, "-c", program)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("name", WORKS)
def test_a_command_works_on_the_base_install(name: str, place: Path) -> None:
    if name in TRACKS:
        tracking_model_or_skip()
    done = softdeca(place, *WORKS[name])
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", NEEDS)
def test_a_command_that_needs_an_extra_says_in_one_line_how_to_get_it(name: str, place: Path) -> None:
    extra, words = NEEDS[name]
    before = set(place.iterdir())
    done = softdeca(place, *words)
    assert done.returncode == 2, done.stderr[-2000:]
    assert len(done.stderr.strip().splitlines()) == 1
    assert install_command(extra) in done.stderr and done.stdout == ""
    assert set(place.iterdir()) - before <= {place / "config"}


def test_pictures_are_fitted_on_the_base_install(place: Path) -> None:
    done = run(place, "-c", "import landmark_driver.head_fit.photos.photo_file")
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_command_of_the_readme_is_tried_here() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^ *softdeca ((?:head |bench (?=compare))?[a-z-]+)", text, re.MULTILINE))
    assert {"live", "head fit", "simulate", "bench compare"} <= named
    assert named <= WORKS.keys() | NEEDS.keys() | FITTED_FROM_THE_WHEEL, "a row is missing above"

"""The wheel carries what it needs and little else, and runs away from the sources without the extras."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from capture.phone.page_packages import PACKAGE_FILES
from capture.phone.phone_app import PAGE
from tests.free_port import free_port
from tests.tracker_file import tracking_model_or_skip
from tests.wheel_file import PACKAGES, build_wheel, pip
from tests.without_extras import run_without_extras

pytest.importorskip("setuptools", minversion="77", reason="building the wheel needs the extra 'dev'")

ROOT = Path(__file__).parents[1]
MOST_MB = 40
"""34 MB when this was written: networks 7.5, the head model 5, held-out samples 8, MediaPipe and LiteRT.js 6."""
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
_LICENCES = {"LICENSE", "package.json"}

needs_page = pytest.mark.skipif(
    not (PAGE / "node_modules").exists(), reason="the page's parts are missing: npm ci --prefix capture/page"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files in a folder of their own."""
    target = tmp_path_factory.mktemp("installed")
    pip("install", "--no-index", wheel, "--no-deps", "--no-compile", "--target", target)
    return target


@needs_page
def test_of_the_pages_packages_the_wheel_has_the_files_that_the_page_loads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "/node_modules/" in name]
    page = "capture/page/"
    assert {page + name for name in PACKAGE_FILES} <= set(names)
    rest = set(names) - {page + name for name in PACKAGE_FILES}
    assert {Path(name).name for name in rest} == _LICENCES


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    """What git keeps, besides the examples in other languages, which are read in the repository."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and not {"node_modules", "__pycache__", "examples"} & set(path.parts)
        and not path.name.startswith(".")
        and path.suffix != ".so"
    }
    assert ours - names == set()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == set(PACKAGES)


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
def test_the_wheel_has_the_compiled_frame_for_any_python_of_this_platform(
    wheel: Path, installed: Path, tmp_path: Path
) -> None:
    assert wheel.name.split("-")[2:4] == ["py3", "none"] and not wheel.stem.endswith("-any")
    done = run_without_extras(
        tmp_path,
        installed,
        "-c",
        "from landmark_driver.compiled.evaluator import evaluator; print(evaluator().name)",
    )
    assert done.stdout.split() == ["c"], done.stderr


@needs_page
def test_the_wheel_is_small(wheel: Path) -> None:
    assert 20 < wheel.stat().st_size / 1e6 < MOST_MB


def test_the_public_face_is_the_wheels_and_needs_no_extra(installed: Path, tmp_path: Path) -> None:
    program = """
import importlib.util, softdeca
softdeca.Character.load("default")
print(softdeca.__file__, importlib.util.find_spec("torch"))
"""
    done = run_without_extras(tmp_path, installed, "-c", program)
    assert done.returncode == 0, done.stderr
    file, torch = done.stdout.split()
    assert Path(file).is_relative_to(installed) and torch == "None"


@needs_page
def test_the_demo_runs_live_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    words = (
        "live",
        "--source",
        "demo",
        "--seconds",
        "5",
        "--no-viewer",
        "--json",
        "--port",
        str(free_port()),
    )
    done = run_without_extras(tmp_path, installed, "-m", "softdeca", *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["frames_driven"] > 0


def test_a_scan_becomes_a_character_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    tracking_model_or_skip()
    made = run_without_extras(
        tmp_path, installed, "-m", "softdeca", "head", "sample", "--seed", "3", "--out", "scan.ply"
    )
    assert made.returncode == 0, made.stderr
    done = run_without_extras(
        tmp_path, installed, "-m", "softdeca", "head", "fit", "scan.ply", "--out", "me.safetensors", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["surface_error_mm"]["mean"] < 1

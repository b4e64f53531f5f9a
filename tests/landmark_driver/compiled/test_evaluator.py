"""The choice between NumPy and C: by what loads, and by the environment; and the installation without a compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from landmark_driver.compiled import library
from landmark_driver.compiled.evaluator import (
    NUMPY,
    VARIABLE,
    C,
    EvaluatorError,
    _chosen,
    evaluating,
    evaluator,
    evaluators,
)
from landmark_driver.compiled.library import LIBRARY, LibraryError, load_library
from landmark_driver.network.frame_program import FrameProgram
from tests.landmark_driver.compiled.driven import needs_library

ROOT = Path(__file__).parents[3]
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
PROGRAM = """
import numpy as np
from landmark_driver import Character
from landmark_driver.compiled.evaluator import evaluator
driver = Character.load("default").driver()
print(evaluator().name, type(driver.driver.head_driver.program).__name__, driver(np.zeros((478, 3))).shape)
"""


def in_a_process(value: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if name != VARIABLE}
    environment |= {} if value is None else {VARIABLE: value}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_the_environment_forces_numpy() -> None:
    done = in_a_process("numpy")
    assert done.stdout.split()[:2] == ["numpy", "FrameProgram"], done.stderr


@needs_library
@pytest.mark.parametrize("value", ["c", None])
def test_c_is_forced_by_the_environment_and_chosen_without_it(value: str | None) -> None:
    done = in_a_process(value)
    assert done.stdout.split()[:2] == ["c", "CompiledProgram"], done.stderr


def test_another_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "fortran")
    with pytest.raises(EvaluatorError, match=f"Expected numpy or c in {VARIABLE}, got 'fortran'. Unset it"):
        _chosen.__wrapped__()


def test_without_a_library_numpy_runs_and_c_cannot_be_forced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing = tmp_path / "frame.so"
    monkeypatch.setattr(
        "landmark_driver.compiled.evaluator.load_library", lambda: load_library.__wrapped__(missing)
    )
    monkeypatch.delenv(VARIABLE, raising=False)
    assert _chosen.__wrapped__() is NUMPY and evaluators() == (NUMPY,)
    monkeypatch.setenv(VARIABLE, "c")
    with pytest.raises(
        LibraryError, match=r"Expected the compiled frame at '.*frame.so', got no file. Install"
    ):
        _chosen.__wrapped__()


def test_a_file_that_is_no_library_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "frame.so"
    broken.write_bytes(b"no library")
    with pytest.raises(
        LibraryError, match=r"Expected the compiled frame at .*, got a file that does not load"
    ):
        load_library(broken)


@needs_library
def test_a_library_of_older_sources_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "sources_checksum", lambda: "of newer sources")
    with pytest.raises(LibraryError, match=r"Expected the compiled frame at .*, got one of other sources"):
        load_library.__wrapped__(LIBRARY)


def test_a_forced_evaluator_ends_with_its_context() -> None:
    before = evaluator()
    with evaluating(NUMPY):
        assert evaluator() is NUMPY and evaluator().program is FrameProgram
        with evaluating(C):
            assert evaluator() is C
        assert evaluator() is NUMPY
    assert evaluator() is before


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """What the step of the installation reads."""
    for name in ("setup.py", "README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    folder = Path("landmark_driver") / "compiled"
    shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    (tmp_path / "landmark_driver" / "__init__.py").touch()
    return tmp_path


def installed(sources: Path, **environment: str) -> list[str]:
    pytest.importorskip("setuptools", minversion="77", reason="building needs the extra 'dev'")
    done = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace"],
        cwd=sources,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [path.name for path in (sources / "landmark_driver" / "compiled").glob("*.so")]


@pytest.mark.skipif(sys.platform == "win32", reason="the compiler is named otherwise")
def test_the_installation_goes_on_without_a_compiler(sources: Path) -> None:
    missing = str(sources / "no-compiler")
    assert installed(sources, CC=missing, LDSHARED=missing) == []


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
def test_the_installation_builds_the_library_of_these_sources(sources: Path) -> None:
    assert installed(sources) == ["frame.so"]
    built = load_library.__wrapped__(sources / "landmark_driver" / "compiled" / "frame.so")
    assert built.run_stages is not None

"""`import softdeca`: what it offers, how fast, and without what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import softdeca
from tests.capture.test_softdeca_error import drawn_parents
from tests.import_order import ORDER

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "anny", "warp", "numba", "mediapipe", "viser")


def loaded_by(program: str, *watched: str) -> list[str]:
    """Which packages an interpreter has loaded at the end of a program."""
    ending = f"\nimport json, sys\nprint(json.dumps(sorted(set({watched!r}) & set(sys.modules))))"
    done = subprocess.run(
        [sys.executable, "-c", program + ending], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_it_loads_nothing_but_itself() -> None:
    """Not even NumPy, so that the import takes milliseconds on any machine."""
    assert loaded_by("import softdeca", *HEAVY, "numpy", "scipy", "tyro", "landmark_driver") == []


def test_every_name_resolves_without_pytorch() -> None:
    program = "import softdeca\nfor name in softdeca.__all__: getattr(softdeca, name)"
    assert loaded_by(program, "torch", "anny", "warp", "numba") == []


@pytest.mark.parametrize("name", softdeca.__all__)
def test_every_name_says_what_it_is(name: str) -> None:
    thing = getattr(softdeca, name)
    assert name in dir(softdeca)
    assert name.isupper() or (thing.__name__ == name and thing.__doc__)


def test_every_name_has_one_home() -> None:
    assert sorted(softdeca.__all__) == sorted(softdeca._HOMES)
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        softdeca.fly  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_every_branch_of_the_tree_of_errors_is_public() -> None:
    """Except the command line's own."""
    branches = {name for name, parent in drawn_parents().items() if parent == "SoftdecaError"}
    assert branches - {"UsageError"} <= set(softdeca.__all__)
    for name in branches - {"UsageError"}:
        assert issubclass(getattr(softdeca, name), softdeca.SoftdecaError)


def test_every_package_says_that_it_is_typed() -> None:
    for package in {folder.split(".")[0] for folder in ORDER}:
        assert (ROOT / package / "py.typed").is_file(), package


def test_the_newest_frames_of_the_demo_drive_a_head() -> None:
    character = softdeca.Character.load("default")
    driver = softdeca.FaceDriver(character)
    frames = softdeca.newest_frames(softdeca.open_source("demo"))
    faces = [driver(frame) for frame, _ in zip(frames, range(5), strict=False)]
    frames.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert all(isinstance(face, softdeca.DrivenFace) and face.tracked for face in faces)
    assert [face.sequence for face in faces] == sorted({face.sequence for face in faces})
    assert np.isfinite(faces[-1].vertices).all()


def test_a_source_that_fails_says_so_to_the_one_who_reads_it(tmp_path: Path) -> None:
    (tmp_path / "bad.mcap").write_bytes(b"no take")
    with pytest.raises(softdeca.CaptureError):
        list(softdeca.newest_frames(softdeca.open_source(f"take:{tmp_path / 'bad.mcap'}")))

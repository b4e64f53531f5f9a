"""`make assets`: every asset has a step, every step a real command, and what is up to date is left out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import tyro

from softdeca import cli
from softdeca.commands.usage_error import UsageError
from softdeca.make_assets import MakeAssets, Step, make, steps

ROOT = Path(__file__).parents[2]
STEPS = steps(MakeAssets(takes=(ROOT / "takes.csv",), makehuman=ROOT / "makehuman-assets"))


def test_every_asset_that_ships_is_made_by_one_step() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*/assets/*"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assets = listed.stdout.split() or [
        str(path.relative_to(ROOT))
        for package in ("capture", "landmark_driver")
        for path in (ROOT / package / "assets").rglob("*")
        if path.is_file()
    ]
    assert len(assets) > 10
    for asset in assets:
        makers = [
            step.name
            for step in STEPS
            if any(asset == out or asset.startswith(f"{out}/") for out in step.outputs)
        ]
        assert len(makers) == 1, (asset, makers)


def test_every_input_is_there_or_made_by_an_earlier_step() -> None:
    made: list[str] = []
    for step in STEPS:
        for name in step.inputs:
            later = any(name == out for other in STEPS for out in other.outputs) and name not in made
            assert not later, f"{step.name} needs {name}"
        made += step.outputs


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_command_is_one(step: Step) -> None:
    """Commands of softdeca are parsed whole; programs answer to --help."""
    if step.command[1] == "softdeca":
        command = tyro.cli(cli.Command, args=step.command[2:])  # pyright: ignore[reportCallIssue, reportArgumentType]
        assert command is not None
        return
    done = subprocess.run(
        [sys.executable, *step.command[:2], "--help"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout
    flags = [word for word in step.command[2:] if word.startswith("--")]
    assert all(flag in done.stdout for flag in flags)


class Maker:
    """Runs commands of the form: write TEXT into FILE; fails for the file that is named so."""

    def __init__(self) -> None:
        self.failing = ""
        self.written: list[str] = []

    def __call__(self, command: Sequence[str], folder: Path) -> int:
        name, text = command[1:]
        if name == self.failing:
            return 3
        (folder / name).write_text(text)
        self.written.append(name)
        return 0


def chain(second: str = "2") -> tuple[Step, ...]:
    return (
        Step("one", ("a", "1"), (), ("a",)),
        Step("two", ("b", second), ("a",), ("b",)),
        Step("three", ("c", "3"), ("b",), ("d",), (("c", "d"),)),
    )


def test_steps_run_in_order_once_and_again_where_something_changed(tmp_path: Path) -> None:
    run = Maker()
    assert make(chain(), tmp_path, dry_run=True, run=run) == ["one", "two", "three"]
    assert run.written == [] and list(tmp_path.iterdir()) == []
    assert make(chain(), tmp_path, run=run) == ["one", "two", "three"]
    assert (tmp_path / "d").read_text() == "3"
    assert make(chain(), tmp_path, run=run) == []
    (tmp_path / "b").write_text("touched by somebody")
    assert make(chain(), tmp_path, run=run) == ["two"]
    assert make(chain("other"), tmp_path, run=run) == ["two", "three"]
    assert run.written == ["a", "b", "c", "b", "b", "c"]


def test_a_step_that_fails_is_named_and_the_next_run_begins_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Maker()
    run.failing = "b"
    with pytest.raises(UsageError, match="Expected 'two' to end well, got exit status 3"):
        make(chain(), tmp_path, run=run)
    run.failing = ""
    capsys.readouterr()
    assert make(chain(), tmp_path, run=run) == ["two", "three"]
    said = capsys.readouterr().err
    assert "1 of 3, one: up to date" in said and "3 of 3, three: " in said and " s\n" in said

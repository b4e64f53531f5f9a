"""Every command and every program of the pages works: `command_rules.py` says how each is tried."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import trimesh
import tyro

from capture.frames.arkit import ARKIT_NAMES
from docs.scripts.command_line_page import parsers
from docs.scripts.sentence_lengths import ROOT, pages
from landmark_driver.character import Character
from landmark_driver.identities.load_identities import load_identities
from softdeca.cli import Command, main
from tests.astronaut_video import write_astronaut_video
from tests.docs.command_rules import READ_ONLY, RULES, rule_of
from tests.docs.fenced_blocks import SHELL, blocks, commands, spoken_commands, tokens
from tests.free_port import free_port
from tests.tracker_file import tracking_model_or_skip

GOLDEN = ROOT / "tests" / "golden" / "v0_1_0"
COMMANDS = commands()
RUN = [command for command in COMMANDS if (rule := rule_of(command)) and rule.added is not None]
NEED_TRACKER = ("clip.mp4", "head fit")


class StoppedError(Exception):
    """Raised once a program has parsed its arguments, instead of its work."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small file for each name that a page uses."""
    folder = tmp_path_factory.mktemp("inputs")
    shutil.copy(GOLDEN / "scan.safetensors", folder / "me.safetensors")
    shutil.copy(GOLDEN / "networks.safetensors", folder / "soft.safetensors")
    shutil.copy(GOLDEN / "take.mcap", folder / "me.mcap")
    for name in ("before", "after"):
        (folder / name).mkdir()
        shutil.copy(GOLDEN / "bench.json", folder / name)
    write_astronaut_video(folder / "clip.mp4", seconds=0.4)
    head = Character.load("default").head
    trimesh.Trimesh(head.neutral_vertices * 100, head.faces, process=False).export(folder / "scan.obj")
    smile = ARKIT_NAMES.index("mouthSmileLeft")
    rows = [["Timecode", "BlendshapeCount", *(name[0].upper() + name[1:] for name in ARKIT_NAMES)]]
    for frame in range(2):
        weights = np.zeros(len(ARKIT_NAMES))
        weights[smile] = 0.2 * frame
        rows.append([f"00:00:00:{2 * frame:02d}.000", str(len(ARKIT_NAMES)), *map(str, weights)])
    (folder / "take.csv").write_text("\n".join(map(",".join, rows)))
    return folder


@pytest.fixture
def work(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the inputs as current folder, and a configuration folder of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "work"
    shutil.copytree(inputs, folder)
    monkeypatch.chdir(folder)
    return folder


def test_pages_have_commands_and_no_unfenced_code() -> None:
    assert len(COMMANDS) > 50
    for page in pages():
        for token in tokens(page):
            assert token.type != "code_block", f"{page}:{(token.map or [0])[0] + 1}: code without a fence"
            if token.type == "fence":
                assert token.info.strip() in (*SHELL, "python", "text") or token.info.startswith("{"), page


def test_every_rule_is_used() -> None:
    used = {rule_of(command) for command in COMMANDS}
    assert [rule for rule in RULES if rule not in used] == []


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in RUN])
def test_a_command_is_parsed_by_its_program(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rule_of(command), f"{COMMANDS[command]}: `{command}` has no rule in tests/docs/command_rules.py"
    match shlex.split(command):
        case ["softdeca", *arguments]:
            tyro.cli(cast(type, Command), args=arguments)
        case ["python", "-m", module, *arguments]:
            parse_module(module, arguments, monkeypatch)
        case ["make", *targets]:
            planned = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, text=True)
            assert planned.returncode == 0, planned.stderr
        case ["pip", "install", *wanted]:
            check_extras(" ".join(wanted))
        case ["source", script]:
            assert Path(ROOT, script).exists()
        case words:
            pytest.fail(f"no parser for {words}")


@pytest.mark.parametrize("command", RUN)
def test_a_command_runs(command: str, work: Path) -> None:
    if any(part in command for part in NEED_TRACKER):
        tracking_model_or_skip()
    rule = rule_of(command)
    assert rule and rule.added is not None
    words = shlex.split(f"{command} {rule.added}".replace("FREE_PORT", str(free_port())))
    before = {path: path.stat().st_mtime_ns for path in work.iterdir()}
    try:
        main(words[1:])
    except SystemExit as end:
        assert end.code in (0, None), command
    if "--out" in words:
        out = work / words[len(words) - 1 - words[::-1].index("--out") + 1]
        assert out.exists() and out.stat().st_mtime_ns != before.get(out)


@pytest.mark.parametrize("spoken", sorted(set(spoken_commands("softdeca"))), ids=str)
def test_a_command_in_a_sentence_has_known_words(spoken: tuple[str, str]) -> None:
    """Its subcommands and flags exist; a sentence need not give all arguments."""
    known = parsers()
    words = spoken[0].split()
    name = max((n for n in known if f"{spoken[0]} ".startswith(f"{n} ")), key=len, default=None)
    if name is None:  # a group, as in `softdeca head`, or a flag of the program itself
        assert any(n.startswith(spoken[0]) for n in known) or words[1] in ("--help", "--version"), spoken
        return
    flags = {flag for action in known[name]._actions for flag in action.option_strings}
    asked = {word.split("=")[0] for word in words if word.startswith("--")}
    assert asked <= flags, f"{spoken[1]}: {asked - flags}"


@pytest.mark.parametrize("spoken", sorted(set(spoken_commands("python -m"))), ids=str)
def test_a_program_in_a_sentence_is_parsed(spoken: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, module, *arguments = shlex.split(spoken[0])
    parse_module(module, arguments, monkeypatch)


def test_extras_in_sentences_exist() -> None:
    for command, _ in spoken_commands("pip install"):
        check_extras(command)


def test_paths_of_tests_in_sentences_exist() -> None:
    for command, page in spoken_commands("pytest"):
        for word in command.split()[1:]:
            assert Path(ROOT, word).exists(), f"{page}: {command}"


@pytest.mark.parametrize(("place", "program"), list(blocks("python")), ids=lambda value: value.split("\n")[0])
def test_a_program_runs(place: str, program: str, work: Path) -> None:
    """Each block runs by itself, with the names that its page has explained."""
    tree = ast.parse(program, place)
    if any(name in program for name in READ_ONLY):
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert tree.body
    given = {"displacements": np.zeros((478, 3)), "Path": Path}
    if "layer_head" in program:
        given |= layered_names()
    if "me.npz" in program:
        main(["drive", "me.mcap", "--out", "me.npz"])
    exec(compile(tree, place, "exec"), given)


def layered_names() -> dict[str, object]:
    """The head that docs/layered_head.md layers."""
    return {"head": load_identities().sample(np.random.default_rng(1))}


def parse_module(module: str, arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program parse its arguments and stop there; one without a parser takes none or reads them itself."""
    spec = importlib.util.find_spec(module)
    assert spec and spec.origin, f"there is no module {module}"
    source = Path(spec.origin).read_text(encoding="utf-8")
    assert '__name__ == "__main__"' in source or module.endswith("__main__"), f"{module} is no program"
    if "tyro.cli(" not in source and "parse_args(" not in source:
        assert not arguments or "sys.argv" in source, f"{module} takes no arguments"
        return
    real_cli, real_parse = tyro.cli, argparse.ArgumentParser.parse_args

    def cli(*given: object, **named: object) -> None:
        assert isinstance(given[0], type), f"{module} parses into a function, which would run"
        real_cli(*given, **named)  # pyright: ignore[reportCallIssue, reportArgumentType]
        raise StoppedError

    def parse_args(parser: argparse.ArgumentParser, *given: object) -> None:
        real_parse(parser)
        raise StoppedError

    monkeypatch.setattr(tyro, "cli", cli)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_args)
    monkeypatch.setattr(sys, "argv", [spec.origin, *arguments])
    with pytest.raises(StoppedError):
        runpy.run_path(spec.origin, run_name="__main__")


def check_extras(wanted: str) -> None:
    """Every extra that is to be installed has a name in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = re.findall(r"(?:softdeca|\.)\[([\w,]+)\]", wanted)
    for extra in ",".join(found).split(",") if found else []:
        assert extra in project["optional-dependencies"], f"there is no extra {extra}"

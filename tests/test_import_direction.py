"""Who may import whom, how full a folder may be, and what the live path loads, seen in a fresh interpreter."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.import_order import ORDER

ROOT = Path(__file__).parents[1]
PACKAGES = tuple(dict.fromkeys(folder.split(".")[0] for folder in ORDER))
NOT_LIVE = ("landmark_driver.simulation", "landmark_driver.hypernetwork")
HEAVY = ("torch", "anny", "numba")
MOST_FILES = 20
PAGES = ("capture/page", "firmware_bench/page")


@cache
def sources(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts)


def module_name(path: Path) -> str:
    """capture.frames for capture/frames/__init__.py, capture.frames.packet for the file beside it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def folder_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parent.parts)


def file_of(name: str) -> Path | None:
    """The file of a module of ours; None for names that are none."""
    if name.split(".")[0] not in PACKAGES:
        return None
    place = ROOT.joinpath(*name.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.exists()), None)


def live_sources() -> list[Path]:
    """`capture` and `desktop_viewer`, and of `landmark_driver` the files at its top."""
    return [
        *sources("capture"),
        *sources("desktop_viewer"),
        *sorted((ROOT / "landmark_driver").glob("*.py")),
    ]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Every module a file names in an import, wherever in the file it stands, as a full dotted name."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: imports are written in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def live_closure() -> dict[str, Path]:
    """Our modules that the live files load, directly or through others, each with its file."""
    found: dict[str, Path] = {}
    waiting = live_sources()
    while waiting:
        path = waiting.pop()
        if path in found.values():
            continue
        found[str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")] = path
        waiting += [file for name in imported(path) if (file := file_of(name)) is not None]
    return found


def imported_files(path: Path) -> set[Path]:
    """The files of ours that a file imports: of `from a.b import c` the file a/b/c.py, or else a/b.py."""
    found: set[Path] = set()
    for node in ast.walk(parsed(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [
                full if file_of(full := f"{node.module}.{alias.name}") else str(node.module)
                for alias in node.names
            ]
        found |= {file for name in names if (file := file_of(name)) is not None}
    return found - {path}


def test_every_folder_has_its_place_in_the_order() -> None:
    assert len(set(ORDER)) == len(ORDER)
    for package in PACKAGES:
        for path in sources(package):
            groups = path.name == "__init__.py" and not imported_files(path)  # a folder of folders only
            assert groups or folder_of(path) in ORDER, (
                f"{path.relative_to(ROOT)} is in no folder of the order"
            )
    for folder in ORDER:
        assert (ROOT.joinpath(*folder.split(".")) / "__init__.py").exists(), f"{folder} does not exist"


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_downwards_only(package: str) -> None:
    """Imports inside functions and under TYPE_CHECKING included."""
    place = {folder: number for number, folder in enumerate(ORDER)}
    upwards = [
        f"{module_name(path)} imports {module_name(file)}"
        for path in sources(package)
        for file in sorted(imported_files(path))
        if place.get(folder_of(file), -1) > place.get(folder_of(path), len(ORDER))
    ]
    assert not upwards, "\n".join(upwards)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module_name(path): {module_name(file) for file in imported_files(path)}
        for package in PACKAGES
        for path in sources(package)
    }
    circles = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
            break
        except CycleError as error:
            before, after = error.args[1][:2]  # the second imports the first
            circles.append(" <- ".join(error.args[1]))
            graph[after].discard(before)
    assert not circles, "\n".join(circles)


def test_no_folder_holds_more_than_twenty_files() -> None:
    folders = {path.parent for place in (*PACKAGES, "docs", "tests") for path in sources(place)}
    for page in PAGES:
        files = [
            file for file in (ROOT / page).rglob("*") if "node_modules" not in file.parts and file.is_file()
        ]
        folders |= {file.parent for file in files}
    full = {
        str(folder.relative_to(ROOT)): count
        for folder in sorted(folders)
        if (count := sum(file.is_file() and not file.name.startswith(".") for file in folder.iterdir()))
        > MOST_FILES
    }
    assert not full


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_in_two_sentences_where_what_lives_and_what_may_not(package: str) -> None:
    for folder in {path.parent for path in sources(package)}:
        said = ast.get_docstring(parsed(folder / "__init__.py")) or ""
        sentences = re.split(r"(?<=\.)\s+", said)
        assert len(sentences) == 2 and said.endswith("."), f"{folder.relative_to(ROOT)}: {said!r}"
        assert re.search(r"\b(no|nothing|neither|never|only)\b", sentences[1], re.IGNORECASE), (
            f"{folder}: {sentences[1]}"
        )


def test_what_runs_live_imports_nothing_of_physics_or_training() -> None:
    closure = live_closure()
    assert "landmark_driver.live.face_driver" in closure and "desktop_viewer.session" in closure
    assert not [name for name in closure if name.startswith(NOT_LIVE)]
    for name, path in closure.items():
        heavy = {part for imports in imported(path) if (part := imports.split(".")[0]) in HEAVY}
        assert not heavy, f"{name} runs live and imports {sorted(heavy)}"


def test_no_file_imports_a_module_of_ours_that_does_not_exist() -> None:
    for package in PACKAGES:
        for path in sources(package):
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
                    assert file_of(str(node.module)), f"{path.relative_to(ROOT)} imports {node.module}"


def test_the_live_path_runs_without_the_training_packages() -> None:
    """Everything live is imported and the default head driven once, in an interpreter of its own."""
    modules = sorted(live_closure())
    program = f"""
import importlib, json, sys
import numpy as np
for name in {modules!r}:
    if not name.endswith("__init__"):
        importlib.import_module(name)
from landmark_driver import Character
character = Character.load("default")
character.driver()(np.zeros((478, 3)))
heavy = sorted({set(HEAVY)!r} & set(sys.modules))
ours = sorted(name for name in sys.modules if name.startswith({NOT_LIVE!r}))
print(json.dumps([heavy, ours]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[], []]

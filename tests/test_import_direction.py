"""Who may import whom, read from the source; and what the live path loads, seen in a fresh interpreter."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ALLOWED = {
    "capture": set[str](),
    "landmark_driver": {"capture"},
    "export": {"capture", "landmark_driver"},
    "desktop_viewer": {"capture", "landmark_driver"},
    "firmware_bench": {"capture", "landmark_driver", "export", "desktop_viewer"},
    "softdeca": {"capture", "landmark_driver", "export", "desktop_viewer", "firmware_bench"},
}
"""capture ← landmark_driver ← export, desktop_viewer ← firmware_bench ← softdeca."""

NOT_LIVE = ("landmark_driver.simulation", "landmark_driver.hypernetwork")
HEAVY = ("torch", "anny", "warp", "numba")


def sources(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts)


def live_sources() -> list[Path]:
    """`capture` and `desktop_viewer`, and of `landmark_driver` the files at its top."""
    return [
        *sources("capture"),
        *sources("desktop_viewer"),
        *sorted((ROOT / "landmark_driver").glob("*.py")),
    ]


def imported(path: Path) -> Iterator[str]:
    """Every module a file names in an import, wherever in the file it stands, as a full dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
        for name in imported(path):
            file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if name.split(".")[0] in ALLOWED and file.exists():
                waiting.append(file)
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_one_way(package: str) -> None:
    files = sources(package)
    assert files
    for path in files:
        ours = {name.split(".")[0] for name in imported(path)} & set(ALLOWED)
        wrong = ours - ALLOWED[package] - {package}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_what_runs_live_imports_nothing_of_physics_or_training() -> None:
    closure = live_closure()
    assert "landmark_driver.live.face_driver" in closure and "desktop_viewer.session" in closure
    assert not [name for name in closure if name.startswith(NOT_LIVE)]
    for name, path in closure.items():
        heavy = {part for imports in imported(path) if (part := imports.split(".")[0]) in HEAVY}
        assert not heavy, f"{name} runs live and imports {sorted(heavy)}"


def test_no_file_imports_a_module_of_ours_that_does_not_exist() -> None:
    for package in ALLOWED:
        for path in sources(package):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ALLOWED:
                    parts = (node.module or "").split(".")
                    file = ROOT.joinpath(*parts)
                    assert file.with_suffix(".py").exists() or (file / "__init__.py").exists(), (
                        f"{path.relative_to(ROOT)} imports {node.module}"
                    )


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

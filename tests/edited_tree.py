"""A copy of the packages with some files edited, to run what such an edit would do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.import_order import ORDER

ROOT = Path(__file__).parents[1]
_LINKED = ("assets", "node_modules")
"""Folders that are linked instead of copied."""

Edit = str | tuple[tuple[str, str], ...]
"""The text of a new file, or pairs of a text that stands in a file once and the text that replaces it."""


def edited_tree(folder: Path, edits: Mapping[str, Edit]) -> Path:
    """Copy the packages into a folder and edit the copy.

    Args:
        folder: an empty one.
        edits: by path in the tree.

    Returns:
        The copy's root.
    """
    for package in sorted({name.split(".")[0] for name in ORDER}):
        shutil.copytree(ROOT / package, folder / package, ignore=_link_large(folder), dirs_exist_ok=True)
    for path, edit in edits.items():
        file = folder / path
        if isinstance(edit, str):
            assert not file.exists(), path
            file.parent.mkdir(exist_ok=True)
            file.write_text(edit, encoding="utf-8")
            continue
        text = file.read_text(encoding="utf-8")
        for old, new in edit:
            assert text.count(old) == 1, f"{path} has {text.count(old)} times: {old}"
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return folder


def run_in(tree: Path, *arguments: str) -> str:
    """Run Python in a copy.

    Args:
        tree: of `edited_tree`.
        *arguments: of the interpreter.

    Returns:
        Standard output.
    """
    environment = os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "400"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _link_large(copy: Path):
    def ignore(folder: str, names: list[str]) -> list[str]:
        left_out = [name for name in names if name in _LINKED or name == "__pycache__"]
        for name in left_out:
            if name in _LINKED:
                link = copy / Path(folder).relative_to(ROOT) / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to((Path(folder) / name).resolve())
        return left_out

    return ignore

"""The folders of the phone's page: how full they are, and which of them may import which."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.phone.phone_app import PAGE

ORDER = (
    "browser",
    "frames",
    "cameras",
    "tracking",
    "connection",
    "screen",
    "puppet/files",
    "puppet/geometry",
    "puppet/landmarks",
    "puppet/network",
    "puppet/drivers",
    "puppet/stage",
    "puppet",
    ".",
)
"""A module imports from its own folder and from those before it."""

MOST_FILES = 20
_RELATIVE = re.compile(r"""(?:\bfrom |\bimport\(|\bnew URL\()"(\.[^"]+)\"""")

MODULES = sorted(path for path in PAGE.rglob("*.js") if "node_modules" not in path.parts)


def imported(module: Path) -> Iterator[Path]:
    """The page's own modules that `module` names, import() and workers included."""
    for name in _RELATIVE.findall(module.read_text(encoding="utf-8")):
        yield Path(os.path.normpath(module.parent / name))


def folder(path: Path) -> str:
    return path.parent.relative_to(PAGE).as_posix()


def name(path: Path) -> str:
    return path.relative_to(PAGE).as_posix()


def test_every_folder_of_modules_has_its_place_in_the_order() -> None:
    assert {folder(module) for module in MODULES} == set(ORDER)


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_import_what_is_there_and_only_downwards(module: Path) -> None:
    for target in imported(module):
        assert target in MODULES, f"{name(module)} imports {target}"
        assert ORDER.index(folder(target)) <= ORDER.index(folder(module)), f"upwards: {name(target)}"


def test_every_module_but_the_entries_is_imported() -> None:
    used = {target for module in MODULES for target in imported(module)}
    assert {name(module) for module in set(MODULES) - used} == {"main.js", "service_worker.js"}


def test_no_folder_has_more_than_twenty_files() -> None:
    folders = [
        PAGE,
        *(path for path in PAGE.rglob("*") if path.is_dir() and "node_modules" not in path.parts),
    ]
    for path in folders:
        files = [entry for entry in path.iterdir() if entry.is_file()]
        assert len(files) <= MOST_FILES, f"{name(path / 'files')}: {len(files)} files"

"""An environment in which the packages of the optional extras cannot be imported, by any process in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from capture.extras import EXTRAS

ABSENT = (*EXTRAS, "llvmlite", "warp")

_SITE = """
import sys

ABSENT = {absent!r}


class Without:
    def __init__(self, finder):
        self._finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in ABSENT else self._finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self._finder, name)


sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def environment_without_extras(folder: Path, *sources: Path) -> dict[str, str]:
    """The environment of a process that finds the modules of `sources` first; `folder` gets Python's start-up file."""
    (folder / "sitecustomize.py").write_text(_SITE.format(absent=ABSENT), encoding="utf-8")
    places = os.pathsep.join(str(place) for place in (folder, *sources))
    return os.environ | {"PYTHONPATH": places, "XDG_CONFIG_HOME": str(folder / "config")}


def run_without_extras(place: Path, sources: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder `place`: modules of `sources` are found first, those of the extras not at all."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=place,
        env=environment_without_extras(place, sources),
        capture_output=True,
        text=True,
        timeout=900,
    )

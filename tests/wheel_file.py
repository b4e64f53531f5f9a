"""The project's wheel, built away from the sources, because setuptools writes beside them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("capture", "landmark_driver", "export", "desktop_viewer", "firmware_bench", "softdeca")
_PAGE_PACKAGES = "capture/page/node_modules"


def build_wheel(checkout: Path, folder: Path) -> Path:
    """The wheel of a checkout, in `folder`; this environment needs setuptools."""
    sources = folder / "sources"
    ignored = shutil.ignore_patterns("node_modules", "__pycache__", "*.so")
    for package in PACKAGES:
        shutil.copytree(checkout / package, sources / package, ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(checkout / name, sources / name)
    if (checkout / _PAGE_PACKAGES).exists():
        (sources / _PAGE_PACKAGES).symlink_to((checkout / _PAGE_PACKAGES).resolve(), target_is_directory=True)
    pip("wheel", sources, "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", folder / "built")
    [built] = (folder / "built").glob("*.whl")
    return built


def pip(*words: object, python: str | Path = sys.executable) -> None:
    """Run pip quietly; its words are the error's."""
    done = subprocess.run(
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr

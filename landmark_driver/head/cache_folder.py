"""The folder that keeps results which take long to make between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return this user's folder for softdeca's results.

    Returns:
        `softdeca` in XDG's cache folder, or in ~/.cache. It need not exist yet.
    """
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "softdeca"

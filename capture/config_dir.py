"""The folder of this user's own files."""

from __future__ import annotations

import os
from pathlib import Path


def user_config_dir() -> Path:
    """Return the folder of this user's certificates, where nobody names another.

    Returns:
        `softdeca` in XDG's configuration folder, or in ~/.config.
    """
    root = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(root) / "softdeca"

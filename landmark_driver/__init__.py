"""From landmarks to the vertices of a head: heads, networks, drivers, physics and training, joined by `character.py`.

No camera, socket or window lives here, and nothing that runs live imports simulation or training.
"""

from importlib import import_module
from typing import Any

__all__ = ["Character"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import `Character` from its module at its first use, so that `import landmark_driver.geometry…` stays fast."""
    if name not in __all__:
        raise AttributeError(f"module 'landmark_driver' has no attribute '{name}'")
    return getattr(import_module("landmark_driver.character"), name)

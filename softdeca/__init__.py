"""The public face of the project: the names that a program imports, and the command line in `cli.py` and `commands/`.

No mathematics and no PyTorch lives here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capture.softdeca_error import SoftdecaError
    from landmark_driver.character import Character

__all__ = ["Character", "SoftdecaError"]

_HOMES = {"Character": "landmark_driver.character", "SoftdecaError": "capture.softdeca_error"}


def __getattr__(name: str) -> Any:
    """Import a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'softdeca' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)

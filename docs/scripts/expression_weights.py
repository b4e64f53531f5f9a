"""ARKit weights by name, for the scripts that make pictures."""

from __future__ import annotations

import numpy as np

from capture.frames.arkit import ARKIT_INDEX


def weights(**named: float) -> np.ndarray:
    """ARKit weights by name; a name without Left or Right may stand for both sides."""
    result = np.zeros(len(ARKIT_INDEX))
    for name, value in named.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in ARKIT_INDEX:
                result[ARKIT_INDEX[full]] = value
    return result

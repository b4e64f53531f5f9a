"""Plain colours of materials, for the vertices of scans without a picture."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

BARE = 0.5
"""Grey of places without a colour beside others that have one."""
_HUELESS = 0.02


def has_hue(colors: Float[np.ndarray, "colors 3"]) -> bool:
    """Whether one of these colours is more than white, grey or black.

    Programs write those where nobody chose a colour; a head in the colour of skin is nearer to what was scanned.
    """
    return len(colors) > 0 and bool(np.ptp(colors, axis=1).max() > _HUELESS)


def srgb_of_linear(linear: Float[np.ndarray, "*many"]) -> Float[np.ndarray, "*many"]:
    """IEC 61966-2-1; glTF's base colour factors are linear."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

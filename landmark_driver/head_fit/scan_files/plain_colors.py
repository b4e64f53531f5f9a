"""Plain colours of materials, for the vertices of scans without a picture."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

BARE = 0.5
"""Grey of vertices without a colour beside others that have one."""
_HUELESS = 0.02


def has_hue(colors: Float[np.ndarray, "colors 3"]) -> bool:
    """Return whether one of some colours is more than white, grey or black.

    Args:
        colors: (N, 3) sRGB in 0..1.

    Returns:
        True where the channels of any colour differ by more than 0.02.

    Programs write greys where nobody chose a colour; a head in the colour of skin is nearer to the scanned one.
    """
    return len(colors) > 0 and bool(np.ptp(colors, axis=1).max() > _HUELESS)


def srgb_of_linear(linear: Float[np.ndarray, "*many"]) -> Float[np.ndarray, "*many"]:
    """Return sRGB of linear values, by IEC 61966-2-1.

    Args:
        linear: (...) in 0..1, clipped to it; glTF's base colour factors are linear.

    Returns:
        (...) sRGB in 0..1.
    """
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

"""The colours of a character on the vertices that drivers move."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.character import Character


def vertex_colors(character: Character) -> Float[np.ndarray, "vertices 3"]:
    """Return a character's colours as glTF's COLOR_0 and USD's displayColor expect them.

    Args:
        character: its mesh has sRGB colours of 8 bits.

    Returns:
        (V, 3) linear RGB in 0..1, float32.
    """
    srgb = character.mesh.vertex_colors / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return linear.astype(np.float32)

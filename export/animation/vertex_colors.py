"""The colours of a character on the vertices that drivers move."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.character import Character


def vertex_colors(character: Character) -> Float[np.ndarray, "vertices 3"]:
    """Linear RGB in 0..1, as glTF's COLOR_0 and USD's displayColor want it, float32."""
    srgb = character.mesh.vertex_colors / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return linear.astype(np.float32)

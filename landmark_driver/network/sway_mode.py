"""The speed and the centre of a head's swinging flesh: one damped mode for a head and its tissue.

    omega^2 = sum_v |g| |d_v| / sum_v |d_v|^2

with d_v the displacement of skin vertex v under an additional g (Rayleigh's quotient for the shape d): flesh that sags
twice as far swings sqrt(2) times slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class SwayMode:
    """The speed and the centre of a head's swinging flesh."""

    omega: float
    """Angular frequency without damping, radians a second."""
    centre_m: Float[np.ndarray, "3"]
    """Head frame, metres."""


def sway_mode(
    give: Float[np.ndarray, "3 vertices 3"], neutral_vertices: Float[np.ndarray, "vertices 3"]
) -> SwayMode:
    """Return the mode of a head from the displacements of its skin.

    Args:
        give: (3, V, 3) metres, head frame: displacements under 1 m/s^2 along each axis.
        neutral_vertices: (V, 3) metres, head frame.

    Returns:
        The mode; its centre is the mean of the vertices, weighted by the lengths of their displacements.
    """
    way = np.linalg.norm(give, axis=2)
    whole = np.maximum(way.sum(), 1e-18)
    omega = float(np.sqrt(whole / np.maximum((way**2).sum(), 1e-18)))
    return SwayMode(omega, way.sum(0) @ neutral_vertices / whole)

"""How fast the flesh of a head swings, and where it is: one damped mode for a head and its tissue.

    omega^2 = sum_v |g| |d_v| / sum_v |d_v|^2

with d_v the way of skin vertex v under an extra g (Rayleigh's quotient for the shape d): what sags twice as far
swings sqrt(2) times slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class SwayMode:
    """How fast the flesh of a head swings, and where it is."""

    omega: float
    """Radians a second."""
    centre_m: Float[np.ndarray, "3"]
    """Head frame."""


def sway_mode(
    give: Float[np.ndarray, "3 vertices 3"], neutral_vertices: Float[np.ndarray, "vertices 3"]
) -> SwayMode:
    """From the way of the skin (metres) under 1 m/s^2 along each axis."""
    way = np.linalg.norm(give, axis=2)
    whole = np.maximum(way.sum(), 1e-18)
    omega = float(np.sqrt(whole / np.maximum((way**2).sum(), 1e-18)))
    return SwayMode(omega, way.sum(0) @ neutral_vertices / whole)

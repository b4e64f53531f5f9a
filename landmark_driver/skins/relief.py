"""The fine relief of a skin: heights, the normals of its picture, and how rough it is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.head.identity_model import PARTS
from landmark_driver.skins.lines import lip_furrows, wrinkles
from landmark_driver.skins.noise import nearest
from landmark_driver.skins.places import Places, ramp
from landmark_driver.skins.texels import Texels

_PORES_MM = 1.25
"""Between one pore and the next."""


def heights(places: Places, age: float) -> Float[np.ndarray, "places"]:
    """Return the height of the skin above the head's smooth surface.

    Args:
        places: on the default head.
        age: depth of the lines, 0..1.

    Returns:
        (N,) millimetres.
    """
    noise, points = places.noise, places.points
    grain = 0.035 * noise(points, 2.2, 3, field=40) + 0.05 * age * noise(points, 5, 3, field=41)
    coarse = np.clip(0.30 + 0.75 * places.oily + 0.55 * places.flush * places.front, 0, 1) * (
        1 - places.sockets
    )
    skin = grain - (0.15 + 0.05 * age) * coarse * _pores(places) - age * wrinkles(places)
    red = 0.11 * lip_furrows(places) + 0.10 * np.exp(-(((places.lip_edge + 0.4) / 0.9) ** 2))
    skin = skin * (1 - places.lips) + red * (places.points[:, 2] > 0) * ramp(places.lip_edge, -2, 0)
    tongue = places.part == PARTS.index("tongue")
    return np.where(tongue, 0.16 * noise(points, 0.9, 2, field=14), skin)


def normals(
    texels: Texels, points: Float[np.ndarray, "covered 3"], height: Float[np.ndarray, "covered"]
) -> Float[np.ndarray, "size size 3"]:
    """Return the normals of a relief in the frame of its picture.

    Args:
        texels: the ones that the surface covers.
        points: (N, 3) millimetres: what they show, in their order.
        height: (N,) millimetres.

    Returns:
        (size, size, 3) unit vectors, the top row first: x along u, z out of the surface, y across both (Mikkelsen 2008).

    With P(u, v) the surface and g its gradient of the height: g·t = h_u / |P_u|, and g·b = (h_v - (P_v·t) g·t) / (P_v·b).
    """
    surface, bump = texels.of(points), texels.of(height)
    along_u = np.gradient(surface, axis=1)
    along_v = -np.gradient(surface, axis=0)
    length = np.maximum(np.linalg.norm(along_u, axis=2), 1e-6)
    tangent = along_u / length[:, :, None]
    shear = (along_v * tangent).sum(2)
    across = np.maximum(np.linalg.norm(along_v - shear[:, :, None] * tangent, axis=2), 1e-6)
    slope_t = np.gradient(bump, axis=1) / length
    slope_b = (-np.gradient(bump, axis=0) - shear * slope_t) / across
    found = np.stack([-slope_t, -slope_b, np.ones_like(bump)], 2)
    found[~texels.covered] = [0, 0, 1]
    return found / np.linalg.norm(found, axis=2, keepdims=True)


def roughness(places: Places, age: float) -> Float[np.ndarray, "places"]:
    """Return how rough a skin is: oily on forehead and nose, moist on lips and the rims of the lids.

    Args:
        places: on the default head.
        age: 0..1; older skin is drier.

    Returns:
        (N,) in 0..1, as glTF has it.
    """
    value = 0.60 + 0.05 * age - 0.15 * places.oily + 0.03 * places.noise(places.points, 3, 3, field=42)
    value = value + 0.05 * _pores(places) * places.front + 0.10 * places.scalp
    value = value - (0.24 - 0.08 * age) * places.lips - 0.30 * ramp(-places.from_lids, -1.3, -0.3)
    inner = places.part != PARTS.index("skin")
    return np.clip(np.where(inner, 0.30, value), 0.15, 0.9)


def _pores(places: Places) -> Float[np.ndarray, "places"]:
    """Return pits around points scattered at even distances through space, 1 at their middles."""
    low = places.points.min(0)
    cell = np.floor((places.points - low) / _PORES_MM).astype(np.int64) @ [1 << 20, 1 << 10, 1]
    cells = np.unique(cell)[:, None] >> [20, 10, 0] & 1023
    centres = low + (cells + np.random.default_rng(5).uniform(0.15, 0.85, cells.shape)) * _PORES_MM
    return np.exp(-((nearest(places.points, centres, _PORES_MM)[0] / 0.34) ** 2))

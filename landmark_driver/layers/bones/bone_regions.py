"""The parts of the skull wrap that lie on bone, as rules in the default head's coordinates.

Each rule is a signed distance (metres, positive on bone) evaluated at the skin wrap of the default
head, so that every other head has its bones at the same vertices.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

FREE, CRANIUM, MANDIBLE = 0, 1, 2

_MANDIBLE_ZY = np.array(
    [
        [0.060, -0.0915],
        [0.060, -0.1172],
        [0.014, -0.1172],
        [0.000, -0.1125],
        [-0.030, -0.1010],
        [-0.050, -0.0930],
        [-0.0655, -0.0845],
        [-0.0715, -0.0560],
        [-0.0765, -0.0235],
        [-0.0710, -0.0195],
        [-0.0640, -0.0215],
        [-0.0570, -0.0370],
        [-0.0470, -0.0340],
        [-0.0400, -0.0320],
        [-0.0350, -0.0550],
        [-0.0280, -0.0660],
        [-0.0120, -0.0775],
        [0.0040, -0.0830],
        [0.0160, -0.0875],
    ]
)
"""Side view (z, y): chin, lower border, angle, ramus, condyle, notch, coronoid process, alveolar border."""

_CRANIUM_ZY = np.array(
    [
        [0.080, 0.200],
        [0.080, -0.0600],
        [0.018, -0.0600],
        [0.004, -0.0615],
        [-0.014, -0.0625],
        [-0.020, -0.0540],
        [0.006, -0.0440],
        [-0.010, -0.0360],
        [-0.035, -0.0270],
        [-0.060, -0.0190],
        [-0.078, -0.0170],
        [-0.086, -0.0400],
        [-0.096, -0.0470],
        [-0.108, -0.0360],
        [-0.150, -0.0300],
        [-0.250, -0.0300],
        [-0.250, 0.200],
    ]
)
"""Side view (z, y): alveolar border, cheekbone, zygomatic arch, ear, mastoid process, nuchal line, vault."""

_ORBIT_XY, _ORBIT_RADII = (0.0325, 0.0005), (0.0205, 0.0175)
_APERTURE_XY = np.array(
    [[0.0, -0.0215], [0.0085, -0.0255], [0.0165, -0.0385], [0.0175, -0.0465], [0.0, -0.0500]]
)
"""Front view (x, y), right half mirrored: the nasal (piriform) opening."""


def bone_fields(points: Float[np.ndarray, "wrap 3"]) -> Float[np.ndarray, "2 wrap"]:
    """Return signed distances to the borders of cranium (with maxilla) and mandible.

    Args:
        points: (N, 3) metres, head frame: points on the default head's skin wrap.

    Returns:
        (2, N) metres, positive on bone: cranium, mandible. Distances to the orbits' borders are right to first
        order only.
    """
    side = points[:, [2, 1]]
    front = np.stack([np.abs(points[:, 0]), points[:, 1]], 1)
    orbit = _ellipse_distance(front, _ORBIT_XY, _ORBIT_RADII)
    aperture = np.concatenate([_APERTURE_XY, _APERTURE_XY[-2:0:-1] * [-1, 1]])
    openings = np.minimum(orbit, -polygon_signed_distance(aperture, front))
    in_front = points[:, 2] > -0.01
    cranium = polygon_signed_distance(_CRANIUM_ZY, side)
    cranium = np.where(in_front, np.minimum(cranium, openings), cranium)
    return np.stack([cranium, polygon_signed_distance(_MANDIBLE_ZY, side)])


def wrap_bones(points: Float[np.ndarray, "wrap 3"]) -> UInt8[np.ndarray, "wrap"]:
    """Return the bone under every wrap vertex.

    Args:
        points: (W, 3) metres, head frame: the default head's skin wrap.

    Returns:
        (W,) FREE, CRANIUM or MANDIBLE; CRANIUM where both lie.
    """
    cranium, mandible = bone_fields(points)
    return np.where(cranium > 0, CRANIUM, np.where(mandible > 0, MANDIBLE, FREE)).astype(np.uint8)


def slides_on_teeth(points: Float[np.ndarray, "wrap 3"]) -> np.ndarray:
    """Return the mask of free skull wrap vertices of lips and cheeks that lie in front of teeth and gums.

    Args:
        points: (W, 3) metres, head frame: the default head's skin wrap.

    Returns:
        (W,) true for such a vertex.
    """
    near = (
        (np.abs(points[:, 0]) < 0.045)
        & (points[:, 1] < -0.055)
        & (points[:, 1] > -0.097)
        & (points[:, 2] > -0.02)
    )
    return near & (wrap_bones(points) == FREE)


def polygon_signed_distance(
    polygon: Float[np.ndarray, "corners 2"], points: Float[np.ndarray, "points 2"]
) -> Float[np.ndarray, "points"]:
    """Return the distance to a polygon's edges, positive inside (crossing rule).

    Args:
        polygon: (C, 2) corners in order.
        points: (P, 2) in the unit of the corners.

    Returns:
        (P,) in the same unit.
    """
    start, along = polygon, np.roll(polygon, -1, 0) - polygon
    offset = points[:, None] - start
    fraction = np.clip((offset * along).sum(-1) / (along**2).sum(-1), 0, 1)
    distance = np.linalg.norm(offset - fraction[..., None] * along, axis=-1).min(1)
    below = start[:, 1] > points[:, 1:]
    crosses = below != (np.roll(below, -1, 1))
    slope = along[:, 0] / np.where(along[:, 1] == 0, 1, along[:, 1])
    inside = (crosses & (points[:, :1] < start[:, 0] + slope * offset[..., 1])).sum(1) % 2 == 1
    return np.where(inside, distance, -distance)


def _ellipse_distance(
    points: Float[np.ndarray, "points 2"], centre: tuple[float, float], radii: tuple[float, float]
) -> Float[np.ndarray, "points"]:
    """Return roughly the distance outside the ellipse: exact on it, right to first order near it."""
    scaled = (points - centre) / radii
    level = np.linalg.norm(scaled, axis=1)
    gradient = np.linalg.norm(scaled / radii, axis=1) / np.maximum(level, 1e-9)
    return (level - 1) / np.maximum(gradient, 1e-9)

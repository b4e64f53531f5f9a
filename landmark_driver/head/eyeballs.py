"""Eyeballs as softdeca's own meshes: fine enough to paint a pupil, an iris and a limbus on vertices."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

PUPIL_DEG, IRIS_DEG = 7.5, 21.5
"""Half angles of the pupil and of the iris seen from the centre of the eyeball: with the model's radius of
16.4 mm the iris is 12 mm wide, the adult mean being 11.7."""

_RINGS_DEG = np.array(
    [3.5, 7.0, 8.0, 11.0, 15.0, 18.0, 20.8, 22.2, 26.0, 36.0, 52.0, 75.0, 105.0, 130.0, 155.0]
)
_SEGMENTS = 32
_CORNEA_BULGE = 0.055
EYEBALL_VERTEX_COUNT = len(_RINGS_DEG) * _SEGMENTS + 2


def unit_eyeball() -> tuple[Float[np.ndarray, "vertices 3"], Int[np.ndarray, "faces 3"]]:
    """Return a unit sphere around +z with a slight corneal bulge.

    Returns:
        (482, 3) vertices in radii of the eyeball, the bulge up to 1.055, and triangles (F, 3) facing outwards.
    """
    polar = np.deg2rad(_RINGS_DEG)[:, None]
    turn = np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False)[None]
    rings = np.stack(
        np.broadcast_arrays(np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)), -1
    )
    vertices = np.concatenate([[[0, 0, 1]], rings.reshape(-1, 3), [[0, 0, -1]]])
    angle = np.rad2deg(np.arccos(np.clip(vertices[:, 2], -1, 1)))
    return vertices * corneal_radius(angle)[:, None], _faces()


def corneal_radius(angle_deg: Float[np.ndarray, "points"]) -> Float[np.ndarray, "points"]:
    """Return the distance of the eyeball's surface from its centre, with the bulge of the cornea.

    Args:
        angle_deg: (P,) degrees away from where the eye looks.

    Returns:
        (P,) in radii of the eyeball, 1 to 1.055.
    """
    return 1 + _CORNEA_BULGE * np.clip(1 - (angle_deg / IRIS_DEG) ** 2, 0, None)


def eyeball_colors(
    directions: Float[np.ndarray, "vertices 3"], iris: tuple[float, float, float] = (0.32, 0.42, 0.40)
) -> Float[np.ndarray, "vertices 3"]:
    """Return the colours of an eyeball that looks along +z: pupil, iris, sclera.

    Args:
        directions: (V, 3) from the eyeball's centre, of any length but zero.
        iris: linear RGB in 0..1, shaded by the angle.

    Returns:
        (V, 3) linear RGB in 0..1.
    """
    cosine = directions[:, 2] / np.linalg.norm(directions, axis=1)
    angle = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
    shade = np.interp(angle, [PUPIL_DEG, 15, 19, IRIS_DEG], [0.75, 1.25, 0.85, 0.3])
    inner = np.array(iris)[None] * shade[:, None]
    sclera = np.array([[0.86, 0.82, 0.79]])
    return np.where((angle < PUPIL_DEG)[:, None], 0.01, np.where((angle < IRIS_DEG)[:, None], inner, sclera))


def fit_sphere(points: Float[np.ndarray, "points 3"]) -> tuple[Float[np.ndarray, "3"], float]:
    """Return the sphere nearest to some points, by algebraic least squares.

    Args:
        points: (N, 3) in any unit, four or more that are not in one plane.

    Returns:
        The centre (3,) and the radius, in the unit of `points`.
    """
    columns = np.concatenate([2 * points, np.ones((len(points), 1))], 1)
    solution = np.linalg.lstsq(columns, (points**2).sum(1), rcond=None)[0]
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))


def _faces() -> Int[np.ndarray, "faces 3"]:
    ring = np.arange(_SEGMENTS)
    following = np.roll(ring, -1)
    last = EYEBALL_VERTEX_COUNT - 1
    start = 1 + np.arange(len(_RINGS_DEG)) * _SEGMENTS
    faces = [np.stack([np.zeros_like(ring), 1 + ring, 1 + following], 1)]
    for upper, lower in pairwise(start):
        faces.append(np.stack([upper + ring, lower + ring, lower + following], 1))
        faces.append(np.stack([upper + ring, lower + following, upper + following], 1))
    faces.append(np.stack([start[-1] + ring, np.full_like(ring, last), start[-1] + following], 1))
    return np.concatenate(faces).astype(np.int32)

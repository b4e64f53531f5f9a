"""Furrows of a face: how deep they are at every place, in millimetres, for a face of seventy years."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float

from landmark_driver.skins.noise import nearest
from landmark_driver.skins.places import Places, ramp

_FOLDS = (
    ((129, 203, 206, 216, 212), 0.75, 1.5),
    ((358, 423, 426, 436, 432), 0.75, 1.5),
    ((61, 202, 210), 0.40, 1.2),
    ((291, 422, 430), 0.40, 1.2),
    ((133, 243, 121, 120, 119), 0.35, 1.1),
    ((362, 463, 350, 349, 348), 0.35, 1.1),
    ((107, 55), 0.35, 1.0),
    ((336, 285), 0.35, 1.0),
)
"""Landmarks along a fold (nose to mouth, mouth to jaw, under the eyes, between the brows), its depth, its half-width."""


@functools.cache
def wrinkles(places: Places) -> Float[np.ndarray, "places"]:
    """Return the depth of a face's furrows.

    Args:
        places: on the default head.

    Returns:
        (N,) millimetres, not negative.
    """
    return (
        _folds(places)
        + _across_forehead(places)
        + sum(_from_corner(places, corner, side) for corner, side in ((33, -1), (263, 1)))
        + _above_lips(places)
        + _across_throat(places)
    ) * (1 - places.lips)


def lip_furrows(places: Places) -> Float[np.ndarray, "places"]:
    """Return the depth of the furrows that run over the red of the lips.

    Args:
        places: on the default head.

    Returns:
        (N,) about -1 to 1.
    """
    across = places.points * [1.0, 0.13, 0.13]
    return np.clip(0.6 * places.noise(across, 0.9, 2, field=30), -1, 1)


def _folds(places: Places) -> np.ndarray:
    lines = [_polyline(places.landmarks[list(landmarks)]) for landmarks, _, _ in _FOLDS]
    points, along = (np.concatenate(column) for column in zip(*lines, strict=True))
    depth, width = (np.repeat([fold[i] for fold in _FOLDS], [len(line) for line, _ in lines]) for i in (1, 2))
    distance, index = nearest(places.points, points, 6.0)
    fade = ramp(along, 0, 0.2) * ramp(1 - along, 0, 0.35)
    wiggle = 0.35 * places.noise(places.points, 5, 2, field=31)
    return (depth * fade)[index] * np.exp(-(((distance + wiggle) / width[index]) ** 2))


def _across_forehead(places: Places) -> np.ndarray:
    x, y, _ = places.points.T
    bend = 2.0 * places.noise(places.points, 22, 1, field=32) + 3.0 * np.cos(x / 21)
    where = places.around((151,), (38, 17, 45)) * (1 - places.scalp)
    strength = 0.45 + 0.55 * ramp(places.noise(places.points * [0.35, 1, 1], 6, 1, field=33), -0.7, 0.7)
    return 0.6 * where * strength * _ridge((y + bend) / 6.0)


def _from_corner(places: Places, corner: int, side: int) -> np.ndarray:
    """Return the lines that run outwards from an eye's outer corner."""
    x, y, z = (places.points - places.landmarks[corner]).T
    away = np.hypot(x, np.hypot(y, 0.6 * z))
    angle = np.arctan2(y, np.hypot(x, 0.6 * z))
    where = ramp(side * x, -1, 5) * ramp(away, 4, 9) * ramp(-away, -27, -15) * (np.abs(angle) < 1.0)
    bend = 0.10 * places.noise(places.points, 7, 1, field=34)
    return 0.45 * where * np.cos(np.clip(angle, -1, 1) * np.pi / 2) * _ridge((angle + bend) / 0.30)


def _above_lips(places: Places) -> np.ndarray:
    where = ramp(places.lip_edge, -9, -2) * ramp(-places.lip_edge, 0.2, 1.5) * (places.points[:, 1] > -76)
    bend = 0.3 * places.noise(places.points, 6, 1, field=35)
    return 0.20 * where * places.front * _ridge(places.points[:, 0] / 3.4 + bend)


def _across_throat(places: Places) -> np.ndarray:
    y = (
        places.points[:, 1]
        + 2.5 * places.noise(places.points, 25, 1, field=36)
        + 0.004 * places.points[:, 0] ** 2
    )
    return 0.4 * ramp(-y, 112, 122) * ramp(places.points[:, 2], -70, -30) * _ridge(y / 11.0)


def _ridge(phase: np.ndarray) -> np.ndarray:
    """Return narrow bumps one apart, 1 at their middles."""
    return np.exp(-(((phase - np.round(phase)) / 0.15) ** 2))


def _polyline(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points along a line through some corners, and how far along each is, in 0..1."""
    t = np.linspace(0, len(corners) - 1, 24 * len(corners))
    line = np.stack([np.interp(t, np.arange(len(corners)), axis) for axis in corners.T], 1)
    return line, t / t[-1]

"""Styles of hair by numbers: where it grows, how long it is, which way it is combed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

SKULL_M = np.array([0.0, 0.03, -0.07])
"""The middle of the skull, from which places on the scalp are counted as azimuth (0 in front, 180 behind) and elevation."""
Curve = tuple[tuple[float, float], ...]

_HAIRLINE: Curve = (
    (0, 27),
    (22, 28.5),
    (38, 27),
    (50, 12),
    (60, 0),
    (70, -10),
    (77, -27),
    (83, -28),
    (88, -5),
    (100, 0),
)
_HAIRLINE += ((112, -4), (120, -30), (135, -45), (160, -50), (180, -52))
_RECEDING: Curve = ((0, 46), (16, 47), (30, 58), (42, 56), (54, 24), (62, 4), *_HAIRLINE[5:])


@dataclass(frozen=True)
class HairStyle:
    """One style. Lengths in metres; tables run over degrees and are linear between their points."""

    hairline: Curve = _HAIRLINE
    """Elevation of the hairline by azimuth, both in degrees."""
    length_m: Curve = ((-50, 0.020), (10, 0.024), (35, 0.045), (80, 0.055))
    """By elevation."""
    lift_deg: Curve = ((-50, 7), (10, 9), (40, 20), (80, 24))
    """Angle between root and scalp by elevation."""
    height_m: Curve = ((-50, 0.003), (10, 0.004), (40, 0.009), (80, 0.010))
    """The most that a strand keeps above the skin, by elevation."""
    whorl_m: tuple[float, float, float] = (0.012, 0.112, -0.135)
    """Strands are combed away from here."""
    parting_m: float | None = None
    """x of a parting from which strands are combed to both sides; None for no parting."""
    sideways: float = 0.5
    """How far strands of the top are combed to the subject's right."""
    gravity: float = 0.20
    """How much a strand bends down from one piece to the next."""
    hold: float = 0.0
    """The fraction of what strands stand off too far that is taken back at each step."""
    strands: int = 1700
    thinning: Curve = ((-50, 1), (90, 1))
    """The fraction of roots that bear a strand, by elevation."""
    cover: Curve = ((-50, 1), (90, 1))
    """How much of the scalp short hair hides, by elevation."""
    width_m: float = 0.0065
    seed: int = field(default=5)


STYLES = {
    "short": HairStyle(),
    "bob": HairStyle(
        hairline=(
            (0, 28.5),
            (22, 29),
            (38, 25),
            (50, 14),
            (60, 2),
            (70, -8),
            (77, -18),
            (83, -20),
            *_HAIRLINE[8:],
        ),
        length_m=((-50, 0.055), (-10, 0.10), (20, 0.16), (45, 0.205), (80, 0.235)),
        lift_deg=((-50, 4), (20, 10), (60, 18), (80, 16)),
        height_m=((-50, 0.006), (0, 0.013), (40, 0.015), (80, 0.012)),
        whorl_m=(0.0, 0.125, -0.10),
        parting_m=0.030,
        sideways=0.0,
        gravity=0.9,
        hold=0.25,
        strands=1720,
        width_m=0.0095,
    ),
    "receding": HairStyle(
        hairline=_RECEDING,
        length_m=((-50, 0.018), (10, 0.027), (40, 0.032), (80, 0.036)),
        lift_deg=((-50, 7), (10, 8), (40, 9), (80, 8)),
        height_m=((-50, 0.003), (10, 0.004), (40, 0.003), (80, 0.003)),
        sideways=0.2,
        strands=1720,
        thinning=((-50, 1), (30, 1), (50, 0.6), (90, 0.45)),
        cover=((-50, 1), (25, 0.9), (50, 0.35), (90, 0.25)),
        width_m=0.0036,
    ),
}


def on_skull(points: Float[np.ndarray, "points 3"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where points lie about the skull's middle.

    Args:
        points: (P, 3) metres, head frame.

    Returns:
        Azimuth in degrees, negative to the subject's right, elevation in degrees, and distance in metres.
    """
    away = points - SKULL_M
    radius = np.linalg.norm(away, axis=1)
    azimuth = np.rad2deg(np.arctan2(away[:, 0], away[:, 2]))
    return azimuth, np.rad2deg(np.arcsin(away[:, 1] / radius)), radius


def by(curve: Curve, degrees: Float[np.ndarray, "points"]) -> Float[np.ndarray, "points"]:
    """Return a table's values.

    Args:
        curve: pairs of degrees and value.
        degrees: (P,) places.

    Returns:
        (P,) linear between the pairs, constant beyond them.
    """
    places, values = np.array(curve).T
    return np.interp(degrees, places, values)


def within_hairline(points: Float[np.ndarray, "points 3"], style: HairStyle) -> Float[np.ndarray, "points"]:
    """Return how far inside the hairline points of the scalp are.

    Args:
        points: (P, 3) metres, head frame.
        style: has the hairline.

    Returns:
        (P,) metres along the skull, negative outside.
    """
    azimuth, elevation, radius = on_skull(points)
    return np.deg2rad(elevation - by(style.hairline, np.abs(azimuth))) * radius

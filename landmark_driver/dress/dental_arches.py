"""The outer faces of the dental arches in plan: what lips and cheeks keep in front of.

From a centre behind the canines the arch is a radius for each angle, as far as crowns reach there:

    outside at (x, z):  |(x, z) - centre| > radius(angle),   angle = atan2(x - centre_x, z - centre_z)

at heights between the lowest and the highest point of the crowns. The lower arch is in the mandible's frame at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.dress.teeth import Teeth
from landmark_driver.dress.teeth_place import TeethPlace

ARCH_ANGLES = np.deg2rad(np.arange(-115.0, 116.0, 5.0))
"""Radians; 0 is forward, positive angles are to the subject's left."""
_CENTRE_BACK_M = 0.030
_REACH = np.deg2rad(5.0)


@dataclass(frozen=True, eq=False)
class DentalArch:
    """The crowns of one jaw in plan. Metres, head frame at rest."""

    centre: Float[np.ndarray, "2"]
    """x and z."""
    radius: Float[np.ndarray, "angles"]
    """At `ARCH_ANGLES`."""
    lowest: float
    highest: float


def dental_arches(teeth: Teeth, place: TeethPlace) -> tuple[DentalArch, DentalArch]:
    """Return the arches of placed teeth.

    Args:
        teeth: the set.
        place: its place in a head.

    Returns:
        The upper arch, and the lower one.
    """
    vertices = place(teeth.vertices.astype(float))
    return _arch(vertices[teeth.upper_crowns]), _arch(vertices[teeth.lower_crowns])


def _arch(crowns: Float[np.ndarray, "crowns 3"]) -> DentalArch:
    """Return the farthest crown in each direction, the farther of both sides, smoothed over three angles."""
    plan = crowns[:, [0, 2]]
    centre = np.array([plan[:, 0].mean(), plan[:, 1].max() - _CENTRE_BACK_M])
    away = plan - centre
    angle, distance = np.arctan2(away[:, 0], away[:, 1]), np.hypot(*away.T)
    near = np.abs(angle[None] - ARCH_ANGLES[:, None]) < _REACH
    farthest = np.where(near, distance, 0.0).max(1)
    farthest = np.maximum(farthest, farthest[::-1])
    smooth = np.convolve(np.pad(farthest, 1, "edge"), [0.25, 0.5, 0.25], "valid")
    return DentalArch(centre, smooth, float(crowns[:, 1].min()), float(crowns[:, 1].max()))

"""The dental arches of what a head wears."""

from __future__ import annotations

from landmark_driver.dress.dental_arches import DentalArch, dental_arches
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.teeth import load_teeth
from landmark_driver.dress.teeth_place import place_teeth
from landmark_driver.head.head import Head


def arches_of(head: Head, outfit: Outfit) -> tuple[DentalArch, DentalArch] | None:
    """Return the arches of the teeth that a head wears.

    Args:
        head: at rest.
        outfit: names in the wardrobe.

    Returns:
        The upper arch and the lower one, metres, head frame; None where no teeth are worn.
    """
    if not outfit.teeth:
        return None
    teeth = load_teeth(outfit.teeth)
    neutral = head.neutral_vertices.astype(float)
    return dental_arches(teeth, place_teeth(teeth, neutral, head.faces, head.face_part))

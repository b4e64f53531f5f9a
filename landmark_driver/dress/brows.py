"""Brows as cards a little above the skin, which go with it."""

from __future__ import annotations

from landmark_driver.dress.hair_tones import HAIR_TONES
from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.rooted_mesh import load_rooted_mesh
from landmark_driver.head.head import Head

_DARKER = 0.45
"""Brows over hair: skin shows through them."""


def brow_pieces(head: Head, name: str) -> tuple[Piece, ...]:
    """Return the brows of a head.

    Args:
        head: of the default topology.
        name: a shape in the wardrobe and a colour of hair, as in "soft_brown".

    Returns:
        Both brows as one piece.
    """
    shape, tone = name.split("_")
    mesh = load_rooted_mesh(f"brows_{shape}")
    red, green, blue = (_DARKER * channel for channel in HAIR_TONES[tone])
    material = Material(
        "brows",
        color=(red, green, blue),
        roughness=0.8,
        color_picture=mesh.picture.tobytes(),
        alpha="blend",
        double_sided=True,
    )
    return (mesh.on(head, "brows", material),)

"""Hair: ribbons of strands, and the short hair between their roots that thins out at the hairline."""

from __future__ import annotations

from landmark_driver.dress.hair_tones import HAIR_TONES
from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.rooted_mesh import WARDROBE, load_rooted_mesh
from landmark_driver.head.head import Head

_ROUGHNESS = 0.5


def hair_pieces(head: Head, name: str) -> tuple[Piece, ...]:
    """Return the hair of a head.

    Args:
        head: of the default topology.
        name: a style in the wardrobe and a colour, as in "short_brown".

    Returns:
        The scalp's short hair, whose edge is blended, and the strands above it.
    """
    style, tone = name.split("_")
    color = HAIR_TONES[tone]
    scalp = Material("scalp", color, _ROUGHNESS, _picture("scalp"), alpha="blend")
    hair = Material("hair", color, _ROUGHNESS, _picture("strands"), alpha="mask", double_sided=True)
    return (
        load_rooted_mesh(f"scalp_{style}").on(head, "scalp", scalp),
        load_rooted_mesh(f"hair_{style}").on(head, "hair", hair),
    )


def _picture(name: str) -> bytes:
    return (WARDROBE / f"hair_{name}.png").read_bytes()

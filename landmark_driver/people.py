"""The people that ship: their shapes in the default identity model, and what they wear.

`python -m landmark_driver.identities.build_character` makes their files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from landmark_driver.dress.outfit import Outfit

_ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Person:
    """One person. All wear the shipped networks, which are made for the head when it is loaded."""

    identity: str
    """In words, for the file."""
    outfit: Outfit
    coefficients: dict[str, float] = field(default_factory=dict)
    """Of the default identity model, by name; others are the default adult's."""


PEOPLE = {
    "default": Person(
        "default adult",
        Outfit(
            teeth="teeth_base",
            brows="soft_brown",
            lashes="light",
            hair="short_brown",
            body="shirt_navy",
            eyes="hazel",
            skin="fair",
        ),
    ),
    "woman": Person(
        "young woman",
        Outfit(
            teeth="teeth_base",
            brows="soft_black",
            lashes="full",
            hair="bob_black",
            body="shirt_red",
            eyes="brown",
            skin="brown",
        ),
        {
            "gender": 1.0,
            "age": 0.67,
            "muscle": 0.4,
            "weight": 0.5,
            "african": 0.8,
            "asian": 0.3,
            "caucasian": 0.3,
            "l-eye-scale-incr": 0.25,
            "r-eye-scale-incr": 0.25,
            "mouth-lowerlip-volume-incr": 0.35,
            "mouth-upperlip-volume-incr": 0.45,
            "chin-width-incr": -0.3,
        },
    ),
    "elder": Person(
        "old man",
        Outfit(
            teeth="teeth_base",
            brows="bushy_grey",
            lashes="light",
            hair="receding_grey",
            body="shirt_sand",
            eyes="blue",
            skin="aged",
        ),
        {
            "gender": 0.0,
            "age": 1.0,
            "muscle": 0.4,
            "weight": 0.55,
            "african": 0.0,
            "asian": 0.0,
            "caucasian": 1.0,
            "head-age-incr": 0.6,
            "nose-volume-incr": 0.35,
            "l-ear-scale-incr": 0.4,
            "r-ear-scale-incr": 0.4,
            "l-eye-bag-incr": 0.4,
            "r-eye-bag-incr": 0.4,
            "neck-double-incr": 0.3,
        },
    ),
}
"""By the names that stand for their files wherever a character is asked for."""
PEOPLE_HELP = f"A character file, or a person who ships: {', '.join(PEOPLE)}."
"""Of arguments that take a character."""


def person_path(name: str) -> Path:
    """Return the file of a person.

    Args:
        name: one of `PEOPLE`.

    Returns:
        The .safetensors character.
    """
    return _ASSETS / f"{name}.safetensors"

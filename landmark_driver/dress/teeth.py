"""Crowns, gums and palate as one mesh, on the head that it was drawn for."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from landmark_driver.head.identity_model import PARTS

RIBBON_PARTS = (PARTS.index("teeth_upper"), PARTS.index("teeth_lower"))
"""The head's own coarse teeth."""
GUM = 0
"""The number of gums and palate in `Teeth.tooth`."""
USUAL_TEETH = "teeth_base"
"""The set behind whose lower crowns the tongue of an identity model rests."""
_WARDROBE = Path(__file__).parents[1] / "assets" / "wardrobe"


@dataclass(frozen=True, eq=False)
class Teeth:
    """A set of teeth in the wardrobe. Metres, head frame of the default head."""

    vertices: Float[np.ndarray, "piece 3"]
    faces: Int[np.ndarray, "faces 3"]
    tooth: UInt8[np.ndarray, "piece"]
    """`GUM`, or the number of a crown."""
    lower: Float[np.ndarray, "piece"]
    """The fraction of the mandible's motion that a vertex takes on: 0 or 1 on crowns."""
    coordinates: Float[np.ndarray, "piece 2"]
    """Texture coordinates, OpenGL's."""
    markers: Float[np.ndarray, "markers 3"]
    """The default head's `ribbon_rows`."""
    picture: UInt8[np.ndarray, "bytes"]
    """A PNG file."""

    @property
    def upper_crowns(self) -> Bool[np.ndarray, "piece"]:
        return (self.tooth != GUM) & (self.lower < 0.5)

    @property
    def lower_crowns(self) -> Bool[np.ndarray, "piece"]:
        return (self.tooth != GUM) & (self.lower > 0.5)


def teeth_path(name: str) -> Path:
    """Return the file of a set of teeth.

    Args:
        name: in the wardrobe.

    Returns:
        The path of its .npz file.
    """
    return _WARDROBE / f"{name}.npz"


@functools.cache
def load_teeth(name: str) -> Teeth:
    """Load a set of teeth that ships.

    Args:
        name: in the wardrobe, as in "teeth_base".

    Returns:
        The set, the same object in every call.
    """
    with np.load(teeth_path(name)) as data:
        return Teeth(**{item.name: data[item.name] for item in fields(Teeth)})


def ribbon_rows(
    faces: Int[np.ndarray, "faces 3"], face_part: UInt8[np.ndarray, "faces"]
) -> Int[np.ndarray, "markers"]:
    """Return the head's own coarse teeth, which mark where skull and mandible are.

    Args:
        faces: (F, 3) the head's triangles.
        face_part: (F,) index into `PARTS` for every triangle.

    Returns:
        (M,) rows of the head's vertices: rising ones of the upper jaw, then of the lower.
    """
    return np.concatenate([np.unique(faces[face_part == part]) for part in RIBBON_PARTS])

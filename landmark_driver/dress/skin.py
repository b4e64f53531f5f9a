"""The skins that ship: pictures for heads of the default topology, by name.

`landmark_driver.skins.bake_skin` makes the pictures, `landmark_driver.identities.lay_out_skin` the coordinates.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from capture.softdeca_error import SoftdecaError
from landmark_driver.dress.material import Material
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture

FOLDER = Path(__file__).parents[1] / "assets" / "skins"
COORDINATES_PATH, PAINTS_PATH = FOLDER / "coordinates.npz", FOLDER / "paints.npz"
RELIEF = {"fair": "smooth", "brown": "smooth", "aged": "lined"}
"""The skins by name, and the relief that each has: smooth and lined ones share their normals and roughness."""
_LEVELS = 2**16 - 1


class SkinError(SoftdecaError):
    """A skin that does not ship, or a head that no skin fits."""


def skin_texture(name: str, face_count: int) -> ScanTexture:
    """Return the picture of a skin's colour and its place on the triangles of a head.

    Args:
        name: one of `RELIEF`.
        face_count: the number of the head's triangles, which are those of the default topology.

    Returns:
        The texture; eyeballs and teeth show no picture.

    Raises:
        SkinError: for another name, or a head with fewer triangles than the coordinates have.
    """
    coordinates = skin_coordinates()
    if face_count < len(coordinates):
        raise SkinError(
            f"Expected a head of the default topology to wear the skin '{name}', got {face_count} triangles. "
            "Make the character without a skin."
        )
    pictured = np.where(coordinates.any((1, 2)), 0, NO_PICTURE).astype(np.int16)
    texture = ScanTexture((_picture(name, "color"),), pictured, coordinates)
    return texture.with_bare_faces(face_count - len(coordinates))


def skin_material(name: str) -> Material:
    """Return the material of a skin.

    Args:
        name: one of `RELIEF`.

    Returns:
        Colour, normals and roughness as pictures.

    Raises:
        SkinError: for another name.
    """
    color = _picture(name, "color")
    relief = RELIEF[name]
    return Material(
        "skin",
        roughness=1.0,
        color_picture=color,
        normal_picture=_picture(relief, "normal"),
        roughness_picture=_picture(relief, "roughness"),
        double_sided=True,
    )


def skin_paints() -> UInt8[np.ndarray, "paints fine_vertices"]:
    """Return where a skin differs in colour, for viewers whose meshes have one colour each.

    Returns:
        (2, V') amounts of lips and hair on the vertices of the default topology one Loop step finer; 255 covers them.
    """
    with np.load(PAINTS_PATH) as data:
        return data["amounts"]


@functools.cache
def skin_coordinates() -> Float[np.ndarray, "faces 3 2"]:
    """Return the texture coordinates of the default topology, without the eyeballs.

    Returns:
        (F, 3, 2) in 0..1, v upwards, float32; zero for the ribbons of the teeth, which have no picture.
    """
    with np.load(COORDINATES_PATH) as data:
        return (data["table"] / np.float32(_LEVELS)).astype(np.float32)[data["corner"]]


def _picture(name: str, kind: str) -> bytes:
    path = FOLDER / f"{name}_{kind}.jpg"
    if not path.is_file():
        raise SkinError(
            f"Expected a skin that ships ({', '.join(RELIEF)}), got '{name}'. Choose one of them."
        )
    return path.read_bytes()

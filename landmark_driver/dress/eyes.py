"""Eyeballs as pieces: finer spheres in place of the head's own, with a picture of iris and sclera, that turn with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece, carried
from landmark_driver.head.eyeballs import IRIS_DEG, corneal_radius
from landmark_driver.head.head import Head
from landmark_driver.head.identity_model import PARTS

IRIS_RADIUS = 0.25
"""Radius of the iris in widths of the picture; from there to the rim the picture has the eyeball's front half."""
EYEBALL_PARTS = (PARTS.index("eyeball_left"), PARTS.index("eyeball_right"))
_FOLDER = Path(__file__).parents[1] / "assets" / "wardrobe"
_RINGS_DEG = np.array([0.0, 3, 6, 9, 12, 15, 18, 20, 21.5, 23, 26, 30, 36, 44, 54, 66, 80, 96, 120])
_SEGMENTS = 40
_ROUGHNESS = 0.45


def eye_picture_path(name: str) -> Path:
    """Return the file of a picture of eyeballs.

    Args:
        name: a colour, or "normal" for the normals that all have.

    Returns:
        The path of a JPEG file.
    """
    return _FOLDER / f"eyes_{name}.jpg"


def eye_pieces(head: Head, name: str) -> tuple[Piece, ...]:
    """Return the eyeballs of a head.

    Args:
        head: gives centres and sizes; its own eyeballs carry the pieces.
        name: of a colour in the wardrobe.

    Returns:
        The left and the right eyeball; none for heads without eyeballs.
    """
    if not head.eye_vertices.size:
        return ()
    sphere, faces, coordinates = _painted_sphere()
    neutral = head.neutral_vertices.astype(float)
    material = Material(
        "eyes",
        roughness=_ROUGHNESS,
        color_picture=eye_picture_path(name).read_bytes(),
        normal_picture=eye_picture_path("normal").read_bytes(),
    )
    pieces = []
    for side, rows, centre in zip(("left", "right"), head.eye_vertices, head.eye_centres, strict=True):
        away = neutral[rows] - centre
        ball = centre + np.linalg.norm(away, axis=1).min() * sphere
        operator = carried(ball, neutral, rows[_spread(away)])
        pieces.append(Piece(f"eye_{side}", ball.astype(np.float32), faces, operator, coordinates, material))
    return tuple(pieces)


def _spread(away: Float[np.ndarray, "eye_vertices 3"]) -> Int[np.ndarray, "6"]:
    """Return six vertices of an eyeball that lie furthest along each axis and against it."""
    return np.concatenate([away.argmax(0), away.argmin(0)])


def _painted_sphere() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices in radii about +z, triangles facing outwards and coordinates in the picture."""
    polar = np.deg2rad(_RINGS_DEG)[:, None]
    turn = np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False)[None]
    ring = np.stack(np.broadcast_arrays(np.cos(turn), np.sin(turn)), -1)
    sides = np.sin(polar)[..., None] * ring
    points = np.concatenate([sides, np.broadcast_to(np.cos(polar)[..., None], (*sides.shape[:2], 1))], -1)
    points *= corneal_radius(_RINGS_DEG)[:, None, None]
    stretched = np.interp(_RINGS_DEG, [0, IRIS_DEG, 90], [0, IRIS_RADIUS, 0.5])
    coordinates = 0.5 + stretched[:, None, None] * ring
    number = np.arange(len(_RINGS_DEG) * _SEGMENTS).reshape(len(_RINGS_DEG), _SEGMENTS)
    a, b = number[:-1], number[1:]
    c, d = np.roll(a, -1, 1), np.roll(b, -1, 1)
    faces = np.concatenate(
        [np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1)[1:].reshape(-1, 3)]
    )
    return points.reshape(-1, 3), faces.astype(np.int32), coordinates.reshape(-1, 2).astype(np.float32)

"""Texture coordinates of the default topology: MakeHuman's, with the face magnified and the inner parts in a strip below.

    python -m landmark_driver.identities.lay_out_skin

writes landmark_driver/assets/skins/coordinates.npz. It needs the extra `train`.

Each axis of the base mesh's picture is stretched on its own, u -> ∫ d(t) dt, where d is the length of skin in millimetres
that a step of the axis crosses on the face, so that a pixel of the new picture covers about as much skin anywhere on it.
"""

from __future__ import annotations

import argparse

import numpy as np
from jaxtyping import Float

from landmark_driver.dress.skin import COORDINATES_PATH
from landmark_driver.head.identity_model import PARTS
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.identities.anny_reduction import BaseMesh, base_mesh

_STRIP = 0.1
"""Height of the strip of the inner parts, as a fraction of the picture."""
_GAP = 0.004
_FACE_BEHIND_M = -0.06
_FACE_BELOW_M = -0.13
_ELSEWHERE, _COARSER = 0.02, 0.4
"""Weight of skin that is no face in the mean over a row or a column of the picture, and the fraction of pixels that its
length is worth: hair covers most of it."""
_BINS = 256
_INNER = ("mouth_cavity", "eye_cavity_left", "eye_cavity_right", "tongue")
_LEVELS = 2**16 - 1


def laid_out(base: BaseMesh, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "faces 3 2"]:
    """Return coordinates in a picture of its own for the skin and the inner parts.

    Args:
        base: the base mesh's triangles and coordinates.
        vertices: (V, 3) metres, head frame: the head's, in the order of the identity model.

    Returns:
        (F, 3, 2) in 0..1, v upwards; zero for the ribbons of the teeth.
    """
    corners = vertices[load_anny_identities().topology.faces[: len(base.faces)]]
    skin = base.face_part == PARTS.index("skin")
    of_body = skin & (base.coordinates[:, :, 0] < 0.6).any(1)
    result = np.zeros_like(base.coordinates)
    result[skin & ~of_body] = _magnified(base.coordinates[skin & ~of_body], corners[skin & ~of_body])
    islands = [base.face_part == PARTS.index(part) for part in _INNER]
    islands += [of_body & (corners[:, :, 0].mean(1) > 0), of_body & (corners[:, :, 0].mean(1) <= 0)]
    start = _GAP
    for island in islands:
        result[island], start = _in_strip(base.coordinates[island], start)
    return result


def _magnified(coordinates: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return the skin's coordinates, each axis stretched by the length of face that it crosses."""
    flat = np.linalg.inv(np.stack([_edge(coordinates, 1), _edge(coordinates, 2)], 2))
    slopes = np.einsum("fxe,feu->fxu", np.stack([_edge(corners, 1), _edge(corners, 2)], 2), flat)
    lengths = np.linalg.norm(slopes, axis=1)
    area = np.linalg.norm(np.cross(_edge(corners, 1), _edge(corners, 2)), axis=1)
    middle = corners.mean(1)
    face = (middle[:, 2] > _FACE_BEHIND_M) & (middle[:, 1] > _FACE_BELOW_M)
    weight = area * np.where(face, 1.0, _ELSEWHERE)
    lengths *= np.where(face, 1.0, _COARSER)[:, None]
    low, high = np.array([_GAP, _STRIP + _GAP]), np.array([1 - _GAP, 1 - _GAP])
    for_axis = [
        _stretch(coordinates[:, :, axis], lengths[:, axis], weight, low[axis], high[axis])
        for axis in range(2)
    ]
    return np.stack(for_axis, 2)


def _stretch(places, lengths, weight, low, high) -> np.ndarray:
    edges = np.linspace(places.min(), places.max(), _BINS + 1)
    middle = np.clip(np.searchsorted(edges, places.mean(1)) - 1, 0, _BINS - 1)
    near = np.exp(-0.5 * ((np.arange(_BINS)[:, None] - np.arange(_BINS)) / 6) ** 2)
    squares = near @ np.bincount(middle, weight * lengths**2, _BINS)
    density = np.sqrt(squares / (near @ np.bincount(middle, weight, _BINS)))
    total = np.concatenate([[0], np.cumsum(density)])
    return low + (high - low) * np.interp(places, edges, total / total[-1])


def _in_strip(coordinates: np.ndarray, start: float) -> tuple[np.ndarray, float]:
    """Return an island as high as the strip, its left edge at `start`, and the start of the next one."""
    low, high = coordinates.min((0, 1)), coordinates.max((0, 1))
    scale = (_STRIP - 2 * _GAP) / (high[1] - low[1])
    width = min(scale * (high[0] - low[0]), 0.3)
    placed = (coordinates - low) / (high - low) * [width, _STRIP - 2 * _GAP] + [start, _GAP]
    return placed, start + width + _GAP


def _edge(corners: np.ndarray, end: int) -> np.ndarray:
    return corners[:, end] - corners[:, 0]


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__
    ).parse_args()  # so that --help and wrong arguments run nothing
    coordinates = laid_out(base_mesh(), load_anny_identities().template().vertices)
    levels = np.round(_LEVELS * coordinates).astype(np.uint16)
    table, corner = np.unique(levels.reshape(-1, 2), axis=0, return_inverse=True)
    COORDINATES_PATH.parent.mkdir(exist_ok=True)
    np.savez_compressed(COORDINATES_PATH, table=table, corner=corner.reshape(-1, 3).astype(np.uint16))


if __name__ == "__main__":
    main()

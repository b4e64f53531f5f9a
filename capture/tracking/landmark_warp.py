"""A smooth warp between two pictures of a face, given by its landmarks: exact where they move affinely.

Every place of a coarse grid over the crop has weights of some landmarks near it, found once (moving least squares): the
least in Σ w² d⁴ with Σ w = 1 and Σ w q = the place, d being the distances. A ring around the face, which follows the whole face
by a similarity, holds the rest.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from jaxtyping import Float, Int

_FACE_PART = 0.74
"""Width of the face over that of the crop."""
_GRID = 64
_NEAR = 8
_RING, _RING_RADIUS = 24, 0.75
"""Points of the ring, and its radius over the crop's side."""
_SOFTENED_PX = 1.0

Places = Callable[[Float[np.ndarray, "points 2"]], Float[np.ndarray, "points 2"]]
"""A map of the plane, pixels to pixels."""


def crop_of(landmarks: Float[np.ndarray, "468 2"], side_px: int) -> Places:
    """Return the map from a picture to the crop around a face.

    Args:
        landmarks: (468, 2) pixels of the picture.
        side_px: side of the crop, pixels.

    Returns:
        A function from (P, 2) pixels of the picture to (P, 2) pixels of the crop.
    """
    lowest, highest = landmarks.min(0), landmarks.max(0)
    scale = _FACE_PART * side_px / (highest - lowest)[0]
    return lambda points: scale * (points - (lowest + highest) / 2) + side_px / 2


class LandmarkWarp:
    """The places in a picture of the pixels of a crop, for landmarks in both."""

    def __init__(self, places: Float[np.ndarray, "468 2"], side_px: int):
        """Find the weights.

        Args:
            places: (468, 2) pixels of the crop: the landmarks of the reference picture.
            side_px: side of the crop, pixels.
        """
        self._places, self._side_px = places, side_px
        turns = np.linspace(0, 2 * np.pi, _RING, endpoint=False)
        self._ring = side_px / 2 + _RING_RADIUS * side_px * np.stack([np.cos(turns), np.sin(turns)], 1)
        steps = (np.arange(_GRID) + 0.5) * side_px / _GRID - 0.5
        grid = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
        self._near, self._weights = affine_weights(grid, np.concatenate([places, self._ring]))

    def __call__(self, landmarks: Float[np.ndarray, "468 2"]) -> Float[np.ndarray, "side side 2"]:
        """Return where the crop's pixels are in a picture.

        Args:
            landmarks: (468, 2) pixels of the picture.

        Returns:
            (side, side, 2) pixels of the picture, x and y, float32.
        """
        known = np.concatenate([landmarks, similarity(self._places, landmarks)(self._ring)])
        coarse = np.einsum("gk,gkc->gc", self._weights, known[self._near]).astype(np.float32)
        side = (self._side_px, self._side_px)
        return cv2.resize(coarse.reshape(_GRID, _GRID, 2), side, interpolation=cv2.INTER_LINEAR)


def affine_weights(
    places: Float[np.ndarray, "places 2"], points: Float[np.ndarray, "points 2"]
) -> tuple[Int[np.ndarray, "places 8"], Float[np.ndarray, "places 8"]]:
    """Return the weights of near points with which an affine motion of the points moves places alike.

    Args:
        places: (G, 2) in any unit.
        points: (P, 2) in the same unit.

    Returns:
        (G, 8) points near each place, and (G, 8) their weights.
    """
    squares = ((places[:, None] - points[None]) ** 2).sum(2)
    near = np.argpartition(squares, _NEAR, axis=1)[:, :_NEAR]
    arms = points[near] - places[:, None]
    rows = np.concatenate([np.ones_like(arms[..., :1]), arms], 2)
    count = 1 / (np.take_along_axis(squares, near, 1) + _SOFTENED_PX) ** 2
    moments = np.einsum("gk,gka,gkb->gab", count, rows, rows)
    solved = np.linalg.solve(moments, np.eye(3)[:, :1][None].repeat(len(places), 0))[..., 0]
    return near, count * np.einsum("gka,ga->gk", rows, solved)


def similarity(start: Float[np.ndarray, "points 2"], end: Float[np.ndarray, "points 2"]) -> Places:
    """Return the similarity of the plane that carries points nearest to others.

    Args:
        start: (P, 2) pixels.
        end: (P, 2) pixels.

    Returns:
        A function of (N, 2) pixels.
    """
    middle, to = start.mean(0), end.mean(0)
    one, other = (start - middle) @ [1, 1j], (end - to) @ [1, 1j]
    turn = (one.conj() @ other) / (one.conj() @ one).real
    rotation = np.array([[turn.real, turn.imag], [-turn.imag, turn.real]])
    return lambda points: (points - middle) @ rotation + to

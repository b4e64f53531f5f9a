"""The gaps between the rims of lips and lids on a moved head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.head import Head

_MIDDLE = 0.4
"""The fraction of a slit's width over which its gap is averaged."""
_PLACES = 21


@dataclass(frozen=True)
class Slit:
    """The upper and the lower rim of one opening of the skin, each by growing x of the neutral head."""

    upper: Int[np.ndarray, "upper"]
    lower: Int[np.ndarray, "lower"]

    def gaps_mm(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "places"]:
        """Return the height of the upper rim over the lower one, at places across the middle of the slit.

        Args:
            vertices: (V, 3) metres, head frame.

        Returns:
            (21,) millimetres across the middle 40 % of the width; below 0 where the rims cross.
        """
        upper, lower = vertices[self.upper], vertices[self.lower]
        ends = upper[[0, -1], 0]
        middle, half = ends.mean(), _MIDDLE / 2 * (ends[1] - ends[0])
        places = np.linspace(middle - half, middle + half, _PLACES)
        return 1e3 * (_height(upper, places) - _height(lower, places))


def _height(rim: Float[np.ndarray, "rim 3"], places: Float[np.ndarray, "places"]) -> np.ndarray:
    order = np.argsort(rim[:, 0])
    return np.interp(places, rim[order, 0], rim[order, 1])


def eye_slits(head: Head) -> dict[str, Slit]:
    """Return the slits of both eyes: the edges of the skin around the eyeballs.

    Args:
        head: of any identity model whose skin has an opening at each eye.

    Returns:
        Rims for "left" and "right".
    """
    return {side: _slit_at(head, eye) for side, eye in zip(("left", "right"), head.eye_centres, strict=True)}


def lip_slit(head: Head) -> Slit:
    """Return the slit of the mouth: the edge of the skin nearest to the middle of the lips.

    Args:
        head: of any identity model whose skin has an opening at the mouth.

    Returns:
        The rims of upper and lower lip.
    """
    return _slit_at(head, head.neutral_landmarks[[13, 14]].mean(0))


def _slit_at(head: Head, place: Float[np.ndarray, "3"]) -> Slit:
    """Return the slit of the skin's edge that lies around a place."""
    loops = boundary_loops(head.faces[head.face_part == 0])
    return split_loop(head, min(loops, key=lambda loop: _distance(head, loop, place)))


def _distance(head: Head, loop: np.ndarray, place: np.ndarray) -> float:
    return float(np.linalg.norm(head.neutral_vertices[loop].mean(0) - place))


def split_loop(head: Head, loop: Int[np.ndarray, "loop"]) -> Slit:
    """Return the two rims of a loop, which meet where it is farthest left and right.

    Args:
        head: gives the neutral vertices.
        loop: vertices around an opening.

    Returns:
        Upper and lower rim, both with the corners.
    """
    x = head.neutral_vertices[loop, 0]
    loop = np.roll(loop, -int(np.argmin(x)))
    corner = int(np.argmax(head.neutral_vertices[loop, 0]))
    first, second = loop[: corner + 1], np.concatenate([loop[corner:], loop[:1]])[::-1]
    heights = [head.neutral_vertices[rim, 1].mean() for rim in (first, second)]
    return Slit(first, second) if heights[0] > heights[1] else Slit(second, first)

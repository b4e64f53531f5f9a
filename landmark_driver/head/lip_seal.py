"""Lips that are closed touch, and lips that part do so by as much as the expression asks for.

Sections across the mouth hold points of the shown surface of either lip. The gap g of a section is the height of the
widest slot between its lips, seen from any of the directions s in the plane of the section:

    g = max over s of ( min over upper points (y + s z) - max over lower points (y + s z) )

It is negative where the lips overlap. By the parting p of the expression, 0 for closed lips and 1 for open ones, it becomes

    g* = -t + p max(g + t, 0),    y_v += share_v (g* - g) / give,    share 1/2 above, -1/2 below

with the small overlap t of lips that touch, larger at the corners of the mouth. `share` fades to zero away from the lips.
`give` is the share between the lips of a section, which is less than one at the corners.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

SLOPES = np.linspace(-1.0, 1.0, 9)
"""Directions in a section: the height that a line of sight gains for each metre into the mouth."""
ROUNDS = 2
_APART_M = 1e-5
"""Sections stay in their order across the mouth, at least so far from each other."""


@dataclass(frozen=True, eq=False)
class LipSeal:
    """The lips of one head."""

    starts: Int[np.ndarray, "points_and_one"]
    columns: Int[np.ndarray, "entries"]
    values: Float[np.ndarray, "entries"]
    """Points on the shown lips as sums of the head's vertices: a sparse matrix by rows, upper lip first."""
    sections: Int[np.ndarray, "2 sections_and_one"]
    """The first point of each section, from the subject's right to left, and the end of the last one, for either lip."""
    give: Float[np.ndarray, "sections"]
    touch: Float[np.ndarray, "sections"]
    """The overlap of closed lips, metres."""
    moving: Int[np.ndarray, "moving"]
    """Vertices that give way."""
    share: Float[np.ndarray, "moving"]

    def __call__(self, vertices: Float[np.ndarray, "vertices 3"], parting: float) -> None:
        """Close lips, or move apart those that overlap.

        Args:
            vertices: (V, 3) metres, head frame; changed in place.
            parting: how far the expression opens the lips, 0 to 1.
        """
        for _ in range(ROUNDS):
            place, gap = self.gaps(vertices)
            wanted = parting * np.maximum(gap + self.touch, 0) - self.touch
            rise = np.interp(vertices[self.moving, 0], place, (wanted - gap) / self.give)
            vertices[self.moving, 1] += self.share * rise

    def gaps(
        self, vertices: Float[np.ndarray, "vertices 3"]
    ) -> tuple[Float[np.ndarray, "sections"], Float[np.ndarray, "sections"]]:
        """Return the gap between the shown lips.

        Args:
            vertices: (V, 3) metres, head frame.

        Returns:
            The places of the sections across the face, and their gaps; metres, negative where lips overlap.
        """
        points = self._points @ vertices[: self._used].astype(float)
        heights = points[:, 1, None] + points[:, 2, None] * SLOPES
        (upper, low), (lower, high) = (
            self._reach(points, heights, lip, extreme) for lip, extreme in enumerate((np.minimum, np.maximum))
        )
        facing = np.stack([np.interp(upper, lower, column) for column in high.T], 1)
        return upper, (low - facing).max(1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays as files of frames store them.

        Returns:
            Arrays by the names of the attributes.
        """
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def _reach(self, points, heights, lip: int, extreme) -> tuple[np.ndarray, np.ndarray]:
        """Return the sections' places, and how far a lip reaches towards the other one along each slope."""
        first, end = self.sections[lip, :-1], self.sections[lip, -1]
        sums = np.add.reduceat(points[:end, 0], first) / np.diff(self.sections[lip])
        step = _APART_M * np.arange(len(first))
        return np.maximum.accumulate(sums - step) + step, extreme.reduceat(heights[:end], first)

    @cached_property
    def _points(self) -> sparse.csr_matrix:
        shape = (len(self.starts) - 1, self._used)
        return sparse.csr_matrix((self.values.astype(float), self.columns, self.starts), shape)

    @cached_property
    def _used(self) -> int:
        return int(self.columns.max()) + 1

"""The number of triangle pairs in which the upper lip cuts through the lower one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.lip_surfaces import lip_faces


class LipPenetrations:
    """A count of crossing pairs of triangles; the lips are those of the default head, by vertex index."""

    def __init__(self, template: IdentityHead):
        self._upper, self._lower = lip_faces(template)

    def __call__(self, vertices: Float[np.ndarray, "vertices 3"]) -> int:
        """Return the number of pairs of an upper and a lower lip triangle that intersect.

        Args:
            vertices: (V, 3) in any unit.

        Returns:
            The number of pairs.
        """
        return len(intersecting_pairs(vertices, self._upper, vertices, self._lower))

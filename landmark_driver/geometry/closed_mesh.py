"""Whether points lie inside a mesh with holes, by the generalised winding number (Jacobson et al. 2013)."""

from __future__ import annotations

import igl
import numpy as np
from jaxtyping import Bool, Float, Int

from landmark_driver.geometry.mesh_loops import boundary_loops


class ClosedMesh:
    """A mesh with a fan over every hole, whose vertices move; it may cut through itself."""

    def __init__(self, faces: Int[np.ndarray, "faces 3"], vertex_count: int):
        """Find the holes.

        Args:
            faces: (F, 3) vertex indices, counter-clockwise seen from outside.
            vertex_count: the number of vertices V.
        """
        self._loops = boundary_loops(faces)
        fans = [
            np.stack([np.roll(loop, -1), loop, np.full(len(loop), vertex_count + number)], 1)
            for number, loop in enumerate(self._loops)
        ]
        self.faces: Int[np.ndarray, "closed_faces 3"] = np.concatenate([faces, *fans]).astype(np.int64)
        """The triangles, then those of the fans."""

    def vertices(self, moved: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "closed_vertices 3"]:
        """Return the vertices that `faces` needs.

        Args:
            moved: (V, 3) in any unit.

        Returns:
            The same vertices and the middle of each hole, float64.
        """
        middles = [moved[loop].mean(0, keepdims=True) for loop in self._loops]
        return np.concatenate([moved, *middles]).astype(float)

    def encloses(
        self, points: Float[np.ndarray, "points 3"], moved: Float[np.ndarray, "vertices 3"]
    ) -> Bool[np.ndarray, "points"]:
        """Return which points are inside.

        Args:
            points: (N, 3) in the unit and frame of the vertices.
            moved: (V, 3) in any unit.

        Returns:
            (N,) true where the winding number is more than a half.
        """
        number = igl.fast_winding_number(
            self.vertices(moved), self.faces, np.ascontiguousarray(points, float)
        )
        return np.asarray(number) > 0.5

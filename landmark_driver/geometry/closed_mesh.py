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


def zipped(
    loop: Int[np.ndarray, "loop"], across: Float[np.ndarray, "vertices"]
) -> Int[np.ndarray, "triangles 3"]:
    """Return the triangles that close a slit from side to side, in step along it; a fan would cut back to its corners.

    Args:
        loop: (L,) vertices of the slit's edge in face orientation.
        across: (V,) the coordinate of all vertices along the slit.

    Returns:
        (L - 2, 3) vertex indices, facing as the mesh.
    """
    loop = np.roll(loop, -int(across[loop].argmin()))
    end = int(across[loop].argmax())
    one, other = loop[: end + 1], np.append(loop[end:], loop[0])[::-1]
    triangles, i, j = [], 0, 0
    while i + j < len(one) + len(other) - 2:
        first = i + 1 < len(one) and (j + 1 == len(other) or across[one[i + 1]] <= across[other[j + 1]])
        triangles.append((one[i + 1], one[i], other[j]) if first else (other[j], other[j + 1], one[i]))
        i, j = (i + 1, j) if first else (i, j + 1)
    found = np.array(triangles)
    return found[(found != np.roll(found, 1, axis=1)).all(1)]

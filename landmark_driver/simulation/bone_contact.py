"""Tissue against rigid surfaces that ride on a bone: lips and cheeks against teeth and gums.

A node is carried back into the bone's rest frame, where the nearest triangle and the side it lies on are
looked up; the plane of that triangle, carried forward again, may not be crossed. A node that lies behind
the surface already at rest may stay that deep, but go no deeper.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.simulation.affine_pose import moved_normals, moved_points
from landmark_driver.simulation.load import BonePoses
from landmark_driver.simulation.nearest_triangle import nearest_triangles, triangle_normals
from landmark_driver.simulation.nodal_terms import EnergyTerm, SlidingPlanes

_TOLERATED_M = 2e-4
_NEAR_M = 2e-3


class BoneContact:
    """Keeps some nodes in front of a closed or open surface of one bone.

    `surface` (points and triangles at rest, facing out) rides on `bone` (cranium or mandible).
    """

    def __init__(
        self,
        rest: Float[np.ndarray, "nodes 3"],
        nodes: Int[np.ndarray, "touching"],
        points: Float[np.ndarray, "points 3"],
        triangles: Int[np.ndarray, "triangles 3"],
        bone: int,
        spring_n_m: float = 1500.0,
    ):
        self._nodes, self._points, self._triangles = nodes, points, triangles
        self._normals = triangle_normals(points, triangles)
        self._bone, self._spring_n_m = bone, spring_n_m
        self._allowed = np.minimum(0.0, self._heights(rest[nodes])[0])

    def clear_share(self, x: Float[np.ndarray, "nodes 3"], y: Float[np.ndarray, "nodes 3"]) -> float:
        """All the way: a node that went too deep still knows the surface it came through."""
        return 1.0

    def violations(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> int:
        """How many nodes are more than 0.2 mm too deep."""
        heights, _, _ = self._heights(self._at_rest(x, poses))
        return int((heights < self._allowed - _TOLERATED_M).sum())

    def find(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> list[EnergyTerm]:
        """Planes for nodes near the surface or behind it."""
        heights, foot, normals = self._heights(self._at_rest(x, poses))
        touching = heights < self._allowed + _NEAR_M
        if not touching.any():
            return []
        pose = poses.of(self._bone)
        foot = foot[touching] + self._allowed[touching, None] * normals[touching]
        return [
            SlidingPlanes(
                self._nodes[touching],
                moved_points(pose, foot),
                moved_normals(pose, normals[touching]),
                np.full(int(touching.sum()), self._spring_n_m),
                one_sided=True,
            )
        ]

    def _at_rest(self, x: np.ndarray, poses: BonePoses) -> np.ndarray:
        return moved_points(np.linalg.inv(poses.of(self._bone)), x[self._nodes])

    def _heights(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signed distance, nearest point and that triangle's normal, in the bone's rest frame."""
        which, weights = nearest_triangles(points, self._points, self._triangles)
        foot = np.einsum("pk,pkc->pc", weights, self._points[self._triangles[which]])
        normals = self._normals[which]
        side = np.where(np.sum((points - foot) * normals, axis=1) < 0, -1.0, 1.0)
        return side * np.linalg.norm(points - foot, axis=1), foot, normals

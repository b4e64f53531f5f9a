"""Tissue against rigid surfaces that ride on a bone: lips and cheeks against teeth and gums.

A node is carried back into the bone's rest frame, where its signed distance to the surface is looked up. The
plane through the nearest point, carried forward again, may not be crossed. A node that lies behind the
surface already at rest may stay that deep, but go no deeper.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.affine_pose import moved_normals, moved_points
from landmark_driver.geometry.signed_surface import SignedSurface
from landmark_driver.simulation.energy.nodal_terms import EnergyTerm, SlidingPlanes
from landmark_driver.simulation.solver.load import BonePoses

_TOLERATED_M = 2e-4
_MARGIN_M = 1.5e-4
_NEAR_M = 2e-3


class BoneContact:
    """A contact that keeps some nodes in front of a closed or open surface of one bone.

    `surface` (points and triangles at rest, facing out) rides on `bone` (cranium or mandible). The springs'
    planes lie 0.15 mm in front of it, where a node was at least that far at rest.
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
        self._nodes, self._bone, self._spring_n_m = nodes, bone, spring_n_m
        self._surface = SignedSurface(points, triangles)
        self._kept_m = np.minimum(_MARGIN_M, self._surface.look(rest[nodes])[0])

    def clear_fraction(self, x: Float[np.ndarray, "nodes 3"], y: Float[np.ndarray, "nodes 3"]) -> float:
        """Return 1: the whole way is always clear.

        Args:
            x: (nodes, 3) metres.
            y: (nodes, 3) metres.

        Returns:
            Always 1, since the signed distance of a node that went too deep still leads back out.
        """
        return 1.0

    def violations(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> int:
        """Return the number of nodes that are more than 0.2 mm deeper than they may be.

        Args:
            x: (nodes, 3) metres, in the frame of the poses.
            poses: of the bones.

        Returns:
            A count, zero where the surface is clear.
        """
        heights, _, _ = self._surface.look(self._at_rest(x, poses))
        return int((heights < np.minimum(self._kept_m, 0.0) - _TOLERATED_M).sum())

    def find(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> list[EnergyTerm]:
        """Return the planes for nodes near the surface or behind it.

        Args:
            x: (nodes, 3) metres, in the frame of the poses.
            poses: of the bones.

        Returns:
            One term for all nodes up to 2 mm beyond their planes; none where no node is.
        """
        heights, foot, normals = self._surface.look(self._at_rest(x, poses))
        near = heights < self._kept_m + _NEAR_M
        if not near.any():
            return []
        pose = poses.of(self._bone)
        points = foot[near] + self._kept_m[near, None] * normals[near]
        return [
            SlidingPlanes(
                self._nodes[near],
                moved_points(pose, points),
                moved_normals(pose, normals[near]),
                np.full(int(near.sum()), self._spring_n_m),
                one_sided=True,
            )
        ]

    def _at_rest(self, x: np.ndarray, poses: BonePoses) -> np.ndarray:
        return moved_points(np.linalg.inv(poses.of(self._bone)), x[self._nodes])

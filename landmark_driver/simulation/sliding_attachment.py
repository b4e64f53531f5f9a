"""Tissue that slides on bone, teeth or gums: held to the tangent plane of its rest place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from landmark_driver.simulation.affine_pose import moved_normals, moved_points
from landmark_driver.simulation.load import BonePoses
from landmark_driver.simulation.nodal_terms import SlidingPlanes
from landmark_driver.simulation.rest_mesh import CRANIUM, MANDIBLE


@dataclass(frozen=True)
class SlidingAttachment:
    """Nodes with the point and outward unit normal of the surface below them, and the bone it belongs to.

    `one_sided` lets the tissue lift off. `spring_n_m` is stiff beside a node's own 10 to 100 N/m.
    """

    nodes: Int[np.ndarray, "sliding"]
    points: Float[np.ndarray, "sliding 3"]
    normals: Float[np.ndarray, "sliding 3"]
    bone: Int[np.ndarray, "sliding"]
    spring_n_m: float = 1000.0
    one_sided: bool = False

    def posed(self, poses: BonePoses) -> SlidingPlanes:
        """The planes where the bones now are."""
        points, normals = np.array(self.points), np.array(self.normals)
        for bone in (CRANIUM, MANDIBLE):
            rows: Bool[np.ndarray, "sliding"] = self.bone == bone
            points[rows] = moved_points(poses.of(bone), self.points[rows])
            normals[rows] = moved_normals(poses.of(bone), self.normals[rows])
        springs = np.full(len(self.nodes), self.spring_n_m)
        return SlidingPlanes(self.nodes, points, normals, springs, self.one_sided)

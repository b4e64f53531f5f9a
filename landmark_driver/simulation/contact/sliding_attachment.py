"""Tissue that slides on bone instead of growing on it: held to the tangent plane of its rest position.

The scalp and the forehead do so on a living head, on the loose tissue under the galea.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int, Integer

from landmark_driver.geometry.affine_pose import moved_normals, moved_points
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.energy.nodal_terms import SlidingPlanes
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, FREE, MANDIBLE
from landmark_driver.simulation.solver.load import BonePoses
from landmark_driver.tissue.tissue_parameters import REGIONS


@dataclass(frozen=True)
class SlidingAttachment:
    """Nodes with the point and outward unit normal of the surface below them, and the bone it belongs to.

    Points are in metres, head frame, at rest. `one_sided` lets the tissue lift off. `spring_n_m` is stiff
    beside a node's own 10 to 100 N/m.
    """

    nodes: Int[np.ndarray, "sliding"]
    points: Float[np.ndarray, "sliding 3"]
    normals: Float[np.ndarray, "sliding 3"]
    bone: Integer[np.ndarray, "sliding"]
    spring_n_m: float = 1000.0
    one_sided: bool = False

    def posed(self, poses: BonePoses) -> SlidingPlanes:
        """Return the planes carried by the bones.

        Args:
            poses: of the bones.

        Returns:
            Planes through points in metres, in the frame of the poses, with unit normals.
        """
        points, normals = np.array(self.points), np.array(self.normals)
        for bone in (CRANIUM, MANDIBLE):
            rows: Bool[np.ndarray, "sliding"] = self.bone == bone
            points[rows] = moved_points(poses.of(bone), self.points[rows])
            normals[rows] = moved_normals(poses.of(bone), self.normals[rows])
        springs = np.full(len(self.nodes), self.spring_n_m)
        return SlidingPlanes(self.nodes, points, normals, springs, self.one_sided)


def slide_on_bone(layered: LayeredHead, regions: Sequence[str]) -> tuple[LayeredHead, SlidingAttachment]:
    """Return a head whose tissue slides on its bone in some regions, and the attachment that holds it there.

    Args:
        layered: the head, whose inner nodes grow on bone.
        regions: names of `REGIONS`.

    Returns:
        The head with these regions' inner nodes free, and the planes that keep them on their bones.
    """
    chosen = np.isin(layered.region, [REGIONS.index(name) for name in regions])
    nodes = np.flatnonzero(chosen) + 2 * layered.wrap_size
    nodes = nodes[layered.node_bone[nodes] != FREE]
    normals = vertex_normals(layered.skull_wrap, layered.wrap_faces)[nodes - 2 * layered.wrap_size]
    loose = layered.node_bone.copy()
    loose[nodes] = FREE
    attachment = SlidingAttachment(nodes, layered.nodes[nodes], normals, layered.node_bone[nodes])
    return replace(layered, node_bone=loose), attachment

"""The elastic bed under the flesh of the neck: deep muscle, hyoid and larynx.

The layered head ends at the neck in a free inner surface. Without a bed, the floor of the mouth folds to one
side when the jaw opens (7 mm on the default head). The bed holds each inner node to its rest position with a
spring of modulus / depth times the node's area. Modulus and depth are ours. A modulus of 30 kPa holds back
the skin under an open jaw (0.34 mm in the mean instead of 0.16 at nu 0.33). One of 5 kPa lets it fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.geometry.affine_pose import moved_points
from landmark_driver.layers.bones.bone_regions import FREE
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.energy.nodal_terms import NodeSprings
from landmark_driver.simulation.solver.load import BonePoses
from landmark_driver.tissue.tissue_parameters import REGIONS

_YOUNGS_PA = 12e3
_DEPTH_M = 0.02


@dataclass(frozen=True)
class DeepNeck:
    """An `Attachment` of the neck's inner nodes; the bed rides on the cranium."""

    rest: Float[np.ndarray, "nodes 3"]
    """Rest positions, metres, head frame."""
    spring_n_m: Float[np.ndarray, "nodes"]
    """Zero at nodes without a bed."""

    def posed(self, poses: BonePoses) -> NodeSprings:
        """Return the bed's springs for given bones.

        Args:
            poses: of the bones; only the cranium's is used.

        Returns:
            Springs whose anchors are the rest positions carried by the cranium, metres, in the frame of the
            poses.
        """
        return NodeSprings(moved_points(poses.cranium, self.rest), self.spring_n_m)


def deep_neck(layered: LayeredHead) -> DeepNeck:
    """Return the bed under one head's neck.

    Args:
        layered: gives the nodes, their bones and the neck's regions.

    Returns:
        Springs in N/m at the inner nodes of the neck that lie on no bone, zero at all others.
    """
    neck = np.isin(layered.region, [index for index, name in enumerate(REGIONS) if name.startswith("neck")])
    inner = np.arange(layered.wrap_size) + 2 * layered.wrap_size
    free = neck & (layered.node_bone[inner] == FREE)
    springs = np.zeros(len(layered.nodes))
    springs[inner[free]] = _YOUNGS_PA / _DEPTH_M * _nodal_areas(layered)[free]
    return DeepNeck(layered.nodes, springs)


def _nodal_areas(layered: LayeredHead) -> Float[np.ndarray, "wrap"]:
    """Return (wrap,) m^2: a third of each inner wrap triangle's area for each of its corners."""
    a, b, c = (layered.skull_wrap[layered.wrap_faces[:, corner]] for corner in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return np.bincount(layered.wrap_faces.ravel(), np.repeat(area / 3, 3), minlength=layered.wrap_size)

"""What the flesh of the neck lies on: an elastic bed of deep muscle, hyoid and larynx.

The layered head ends there in a free surface. Left free, the floor of the mouth folds to one side when the
jaw opens (7 mm on the default head). The bed holds each inner node to its rest place with a spring of
modulus / depth times the area that belongs to the node. Both are ours: a modulus of 30 kPa holds the skin under
an open jaw back (0.34 mm in the mean instead of 0.16 at nu 0.33), one of 5 kPa lets it fold.
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
    spring_n_m: Float[np.ndarray, "nodes"]

    def posed(self, poses: BonePoses) -> NodeSprings:
        return NodeSprings(moved_points(poses.cranium, self.rest), self.spring_n_m)


def deep_neck(layered: LayeredHead) -> DeepNeck:
    """The bed under one head's neck."""
    neck = np.isin(layered.region, [index for index, name in enumerate(REGIONS) if name.startswith("neck")])
    inner = np.arange(layered.wrap_size) + 2 * layered.wrap_size
    free = neck & (layered.node_bone[inner] == FREE)
    springs = np.zeros(len(layered.nodes))
    springs[inner[free]] = _YOUNGS_PA / _DEPTH_M * _nodal_areas(layered)[free]
    return DeepNeck(layered.nodes, springs)


def _nodal_areas(layered: LayeredHead) -> Float[np.ndarray, "wrap"]:
    """A third of each inner wrap triangle's area for each of its corners, m^2."""
    a, b, c = (layered.skull_wrap[layered.wrap_faces[:, corner]] for corner in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return np.bincount(layered.wrap_faces.ravel(), np.repeat(area / 3, 3), minlength=layered.wrap_size)

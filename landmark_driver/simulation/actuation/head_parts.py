"""From settled tissue back to every vertex of the head: skin, cavities, teeth, tongue, eyeballs.

Skin rides on the nodes. Where a skin vertex has no node of its own (ears, nostrils) it keeps the detail
that the expression gave it under default materials. Cavities follow their rim's departure from the
blendshapes, fading inwards; lower teeth and tongue follow the mandible; eyeballs stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float

from landmark_driver.geometry.affine_pose import Pose, moved_points
from landmark_driver.head.identity_model import HeadTopology
from landmark_driver.layers.layered_head import LayeredHead

_FADE_M = 0.02
_RIM_NEIGHBOURS = 6
_CAVITIES = ("mouth_cavity", "eye_cavity_left", "eye_cavity_right")


@dataclass(frozen=True)
class HeadParts:
    """Carries nodes to the vertices of one head."""

    layered: LayeredHead
    rim: sparse.csr_matrix
    """How much of each skin vertex's departure each vertex of the head takes on."""

    def vertices(
        self,
        nodes: Float[np.ndarray, "nodes 3"],
        blendshapes: Float[np.ndarray, "vertices 3"],
        detail: Float[np.ndarray, "skin 3"],
        mandible: Pose,
    ) -> Float[np.ndarray, "vertices 3"]:
        """All vertices (metres, head frame). `blendshapes` is where the expression's shapes put them."""
        skin = self.layered.skin_ride.place(nodes) + detail
        result = blendshapes + self.rim @ (skin - blendshapes[: len(skin)])
        result[: len(skin)] = skin
        topology = self.layered.topology
        teeth = topology.vertices_of("teeth_lower")
        result[teeth] = moved_points(mandible, self.layered.vertices[teeth])
        return result


def head_parts(layered: LayeredHead) -> HeadParts:
    return HeadParts(layered, _rim_weights(layered.topology, layered.vertices))


def _rim_weights(topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"]) -> sparse.csr_matrix:
    """Each cavity vertex takes the mean of its nearest rim vertices, times a fading share."""
    rims = dict(zip(_CAVITIES, (topology.lip_loop, *topology.eye_loops), strict=True))
    rows, columns, values = [], [], []
    for part, rim in rims.items():
        for vertex in topology.vertices_of(part):
            distance = np.linalg.norm(vertices[rim] - vertices[vertex], axis=1)
            nearest = np.argsort(distance)[:_RIM_NEIGHBOURS]
            fraction = np.exp(-((distance[nearest[0]] / _FADE_M) ** 2))
            closeness = 1 / np.maximum(distance[nearest], 1e-6)
            rows += [vertex] * len(nearest)
            columns += list(rim[nearest])
            values += list(fraction * closeness / closeness.sum())
    shape = (len(vertices), len(topology.vertices_of("skin")))
    return sparse.csr_matrix((values, (rows, columns)), shape=shape)

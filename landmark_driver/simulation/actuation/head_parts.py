"""From tissue at equilibrium back to every vertex of the head: skin, cavities, teeth, tongue, eyeballs.

Skin rides on the nodes. A skin vertex without a node of its own (ears, nostrils) keeps the detail that the
expression gave it in the default material. Cavities follow their rim's departure from the blendshapes, fading
inwards. Lower teeth follow the mandible. Upper teeth and eyeballs stay where the blendshapes put them. So does the
tongue, which an edit of the mandible's shape carries along.
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
    """The map from nodes to the vertices of one head."""

    layered: LayeredHead
    rim: sparse.csr_matrix
    """(V, skin) rim weights: the fraction of each skin vertex's departure that each vertex of the head takes on."""

    def vertices(
        self,
        nodes: Float[np.ndarray, "nodes 3"],
        blendshapes: Float[np.ndarray, "vertices 3"],
        detail: Float[np.ndarray, "skin 3"],
        mandible: Pose,
        jaw: Pose,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return all vertices of the head for given nodes.

        Args:
            nodes: (nodes, 3) metres, head frame.
            blendshapes: (V, 3) metres, head frame: the vertices where the expression's shapes put them.
            detail: (skin, 3) metres, added to the skin that rides on the nodes.
            mandible: 4x4, rest to posed, head frame.
            jaw: the same for the mandible of default shape, as the expression moves it.

        Returns:
            (V, 3) metres, head frame.
        """
        skin = self.layered.skin_ride.place(nodes) + detail
        result = blendshapes + self.rim @ (skin - blendshapes[: len(skin)])
        result[: len(skin)] = skin
        topology = self.layered.topology
        teeth, tongue = topology.vertices_of("teeth_lower"), topology.vertices_of("tongue")
        result[teeth] = moved_points(mandible, self.layered.vertices[teeth])
        result[tongue] = moved_points(mandible @ np.linalg.inv(jaw), result[tongue])
        return result


def head_parts(layered: LayeredHead) -> HeadParts:
    """Return the parts of one head.

    Args:
        layered: gives topology, neutral vertices and the skin's ride on the nodes.

    Returns:
        The parts, with rim weights for the cavities of mouth and eyes.
    """
    return HeadParts(layered, _rim_weights(layered.topology, layered.vertices))


def _rim_weights(topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"]) -> sparse.csr_matrix:
    """Return rim weights: each cavity vertex takes the mean of its nearest rim vertices, times a fading fraction."""
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

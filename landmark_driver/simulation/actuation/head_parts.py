"""From tissue at equilibrium back to every vertex of the head: skin, cavities, teeth, tongue, eyeballs.

Skin rides on the nodes. A skin vertex without a node of its own (ears, nostrils) keeps the detail that the
expression gave it in the default material. Cavities follow their rim's departure from the blendshapes, fading
inwards. Lower teeth follow the mandible. Upper teeth and eyeballs stay where the blendshapes put them. So do the
tongue and the mouth's lower half, which an edit of the mandible's shape carries along.
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
    carried: Float[np.ndarray, "vertices"]
    """The fraction of an edit of the mandible that each vertex takes on where it is no skin: 1 for the tongue."""

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
        edit = moved_points(mandible @ np.linalg.inv(jaw), blendshapes) - blendshapes
        result = blendshapes + self.carried[:, None] * edit
        result += self.rim @ (skin - blendshapes[: len(skin)])
        result[: len(skin)] = skin
        teeth = self.layered.topology.vertices_of("teeth_lower")
        result[teeth] = moved_points(mandible, self.layered.vertices[teeth])
        return result


def head_parts(layered: LayeredHead) -> HeadParts:
    """Return the parts of one head.

    Args:
        layered: gives topology, neutral vertices and the skin's ride on the nodes.

    Returns:
        The parts, with rim weights for the cavities of mouth and eyes.
    """
    rim = _rim_weights(layered.topology, layered.vertices)
    return HeadParts(layered, rim, _carried(layered.topology, layered.vertices, rim))


def _carried(
    topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"], rim: sparse.csr_matrix
) -> Float[np.ndarray, "vertices"]:
    """Return what an edit of the mandible carries along: the tongue, and the mouth below the teeth as far as no rim moves it."""
    carried = np.zeros(len(vertices))
    carried[topology.vertices_of("tongue")] = 1.0
    low, high = (vertices[topology.vertices_of(part), 1].mean() for part in ("teeth_lower", "teeth_upper"))
    cavity = topology.vertices_of("mouth_cavity")
    below = np.clip((high - vertices[cavity, 1]) / (high - low), 0.0, 1.0)
    carried[cavity] = below * (1 - np.asarray(rim.sum(1)).ravel()[cavity])
    return carried


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

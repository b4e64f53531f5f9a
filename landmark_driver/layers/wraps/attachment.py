"""Points that ride on other points: weighted nodes plus a constant offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.layers.wraps.wrap_template import WrapTemplate


@dataclass(frozen=True)
class Attachment:
    """x = sum_k weights[:, k] * nodes[index[:, k]] + offset: linear in the nodes, exact in the neutral pose."""

    index: Int[np.ndarray, "points k"]
    weights: Float[np.ndarray, "points k"]
    offset: Float[np.ndarray, "points 3"]

    def place(self, nodes: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "points 3"]:
        """Return the points for moved nodes.

        Args:
            nodes: (N, 3) metres.

        Returns:
            (P, 3) metres, in the frame of the nodes.
        """
        return np.einsum("pk,pkc->pc", self.weights, nodes[self.index]) + self.offset

    def matrix(self, node_count: int) -> sparse.csr_matrix:
        """Return the nodes' weights as a sparse matrix: points = matrix @ nodes + offset.

        Args:
            node_count: N, the number of nodes.

        Returns:
            (P, N) weights of the nodes.
        """
        rows = np.repeat(np.arange(len(self.index)), self.index.shape[1])
        values = (self.weights.ravel(), (rows, self.index.ravel()))
        return sparse.csr_matrix(values, shape=(len(self.index), node_count))


def ride_with_offset(
    points: Float[np.ndarray, "points 3"],
    nodes: Float[np.ndarray, "nodes 3"],
    index: Int[np.ndarray, "points k"],
    weights: Float[np.ndarray, "points k"],
) -> Attachment:
    """Return the attachment that leaves `points` unmoved for these `nodes`.

    Args:
        points: (P, 3) metres.
        nodes: (N, 3) metres, in the frame of the points.
        index: (P, k) nodes that carry each point.
        weights: (P, k) weights of these nodes.

    Returns:
        The attachment with its offset.
    """
    unmoved = Attachment(index, weights, np.zeros_like(points))
    return Attachment(index, weights, points - unmoved.place(nodes))


def skin_carriers(
    template: WrapTemplate, skin: Float[np.ndarray, "skin 3"], skin_wrap: Float[np.ndarray, "wrap 3"]
) -> tuple[Int[np.ndarray, "skin 3"], Float[np.ndarray, "skin 3"]]:
    """Return wrap vertices, and their weights, that carry each skin vertex, decided on the default head.

    Args:
        template: the wrap template.
        skin: (S, 3) metres, head frame, of the default head.
        skin_wrap: (W, 3) metres, head frame, of the default head.

    Returns:
        (S, 3) wrap vertices and (S, 3) their weights, of sum one.

    A skin vertex that the wrap has rides on that one alone; an ear's rides on the nearest triangle.
    """
    row = np.full(len(skin), -1)
    kept = template.skin_vertex >= 0
    row[template.skin_vertex[kept]] = np.flatnonzero(kept)
    index = np.repeat(row[:, None], 3, 1)
    weights = np.tile([1.0, 0.0, 0.0], (len(skin), 1))
    centres = skin_wrap[template.faces].mean(1)
    for vertex in np.flatnonzero(row < 0):
        nearest = np.linalg.norm(centres - skin[vertex], axis=1).argmin()
        index[vertex], weights[vertex] = template.faces[nearest], 1 / 3
    return index, weights

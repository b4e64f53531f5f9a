"""The tetrahedra at rest, checked once so that nothing after it needs to check again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Integer

from landmark_driver.simulation.energy.simulation_error import RestMeshError

SOFT_TISSUE, MUSCLE_TISSUE = 0, 1
FREE, CRANIUM, MANDIBLE = 0, 1, 2


@dataclass(frozen=True)
class RestMesh:
    """Nodes (metres, head frame), tetrahedra, their tissue, and the bone that each node belongs to.

    `tissue` is 0 soft or 1 muscle; `bone` is 0 free, 1 cranium or 2 mandible.

    Raises:
        RestMeshError: for a volume that is not positive, a node without a tetrahedron, or wrong shapes and
            labels.
    """

    nodes: Float[np.ndarray, "nodes 3"]
    tets: Int[np.ndarray, "tets 4"]
    tissue: Integer[np.ndarray, "tets"]
    bone: Integer[np.ndarray, "nodes"]

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", np.ascontiguousarray(self.nodes, dtype=float))
        object.__setattr__(self, "tets", np.ascontiguousarray(self.tets, dtype=np.int32))
        object.__setattr__(self, "tissue", np.ascontiguousarray(self.tissue, dtype=np.int32))
        object.__setattr__(self, "bone", np.ascontiguousarray(self.bone, dtype=np.int32))
        _check_shapes(self)
        _check_values(self)

    @cached_property
    def inverse_edges(self) -> Float[np.ndarray, "tets 3 3"]:
        """D_m^-1 (1/m); the columns of D_m are the rest edges from a tetrahedron's first node."""
        return np.linalg.inv(edge_matrices(self.nodes, self.tets))

    @cached_property
    def volumes(self) -> Float[np.ndarray, "tets"]:
        """Rest volumes, cubic metres."""
        return determinants(edge_matrices(self.nodes, self.tets)) / 6

    @cached_property
    def shape_gradients(self) -> Float[np.ndarray, "tets 4 3"]:
        """Gradients of the four barycentric coordinates (1/m); F = sum over nodes of x_a grad_a^T."""
        return np.concatenate([-self.inverse_edges.sum(axis=1, keepdims=True), self.inverse_edges], axis=1)

    @cached_property
    def free(self) -> Int[np.ndarray, "free"]:
        """Indices of the nodes on no bone."""
        return np.flatnonzero(self.bone == FREE)

    def lumped(self, per_tet: Float[np.ndarray, "tets"]) -> Float[np.ndarray, "nodes"]:
        """Return a quantity of the tetrahedra at the nodes: a quarter of it at each node.

        Args:
            per_tet: (tets,) of any unit, such as kg.

        Returns:
            (nodes,) in the same unit and with the same sum.
        """
        return np.bincount(self.tets.ravel(), np.repeat(per_tet / 4, 4), minlength=len(self.nodes))

    def gathered(self, per_node: Float[np.ndarray, "nodes"]) -> Float[np.ndarray, "tets"]:
        """Return the mean of a nodal quantity over each tetrahedron: the way of a painted value to the elements.

        Args:
            per_node: (nodes,) of any unit.

        Returns:
            (tets,) in the same unit.
        """
        return np.asarray(per_node, dtype=float)[self.tets].mean(axis=1)


def edge_matrices(
    nodes: Float[np.ndarray, "nodes 3"], tets: Int[np.ndarray, "tets 4"]
) -> Float[np.ndarray, "tets 3 3"]:
    """Return the edges from each tetrahedron's first node, one a column.

    Args:
        nodes: (nodes, 3) metres.
        tets: (tets, 4) nodes.

    Returns:
        (tets, 3, 3) metres; the determinant is six times the volume.
    """
    corners = nodes[tets]
    return np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)


def determinants(a: Float[np.ndarray, "tets 3 3"]) -> Float[np.ndarray, "tets"]:
    """Return the determinants of small matrices.

    They are written out: six times as fast as factorising each matrix.

    Args:
        a: (tets, 3, 3) of any unit.

    Returns:
        (tets,) in the cube of that unit.
    """
    return (
        a[:, 0, 0] * (a[:, 1, 1] * a[:, 2, 2] - a[:, 1, 2] * a[:, 2, 1])
        + a[:, 0, 1] * (a[:, 1, 2] * a[:, 2, 0] - a[:, 1, 0] * a[:, 2, 2])
        + a[:, 0, 2] * (a[:, 1, 0] * a[:, 2, 1] - a[:, 1, 1] * a[:, 2, 0])
    )


def inverted_tets(
    nodes: Float[np.ndarray, "nodes 3"], tets: Int[np.ndarray, "tets 4"]
) -> Int[np.ndarray, "inverted"]:
    """Return the tetrahedra whose volume is not positive.

    Args:
        nodes: (nodes, 3) metres.
        tets: (tets, 4) nodes.

    Returns:
        (inverted,) rows of `tets`, rising.
    """
    return np.flatnonzero(determinants(edge_matrices(nodes, tets)) <= 0)


def _check_shapes(mesh: RestMesh) -> None:
    count, tets = len(mesh.nodes), len(mesh.tets)
    expected = {"nodes": (count, 3), "tets": (tets, 4), "tissue": (tets,), "bone": (count,)}
    for name, shape in expected.items():
        if getattr(mesh, name).shape != shape:
            raise RestMeshError(
                f"Expected {name} of shape {shape}, got {getattr(mesh, name).shape}. Give one row for each."
            )


def _check_values(mesh: RestMesh) -> None:
    if not np.isfinite(mesh.nodes).all():
        bad = np.flatnonzero(~np.isfinite(mesh.nodes).all(axis=1))
        raise RestMeshError(
            f"Expected finite nodes, got NaN or infinity at nodes {bad[:5].tolist()}. Repair them."
        )
    used = np.unique(mesh.tets)
    if used.size == 0 or used[0] < 0 or used[-1] >= len(mesh.nodes):
        raise RestMeshError(
            f"Expected node indices from 0 to {len(mesh.nodes) - 1} in at least one tetrahedron, got others. "
            "Check the tetrahedra."
        )
    if len(used) < len(mesh.nodes):
        raise RestMeshError(
            f"Expected every node in a tetrahedron, got {len(mesh.nodes) - len(used)} without. Remove them."
        )
    inverted = inverted_tets(mesh.nodes, mesh.tets)
    if len(inverted):
        raise RestMeshError(
            f"Expected tetrahedra of positive volume, got {len(inverted)} inverted or flat at rest "
            f"(first {inverted[:5].tolist()}). Untangle the mesh or swap two of their nodes."
        )
    for name, values in (("tissue", (0, 1)), ("bone", (0, 1, 2))):
        wrong = np.setdiff1d(getattr(mesh, name), values)
        if len(wrong):
            raise RestMeshError(
                f"Expected {name} labels among {values}, got {wrong[:5].tolist()}. Use these."
            )

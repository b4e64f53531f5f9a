"""The part of a triangle mesh where a field is positive, cut cleanly through its triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

_SNAP = 0.1
"""A cut this close to an edge's end (as a fraction of the edge) is moved away from it, against slivers."""


@dataclass(frozen=True)
class LevelSetPatch:
    """Triangles whose vertices are fixed mixtures of another mesh's vertices; `weights` (vertices, wrap) mixes them."""

    faces: Int[np.ndarray, "faces 3"]
    weights: sparse.csr_matrix

    def place(self, values: Float[np.ndarray, "wrap n"]) -> Float[np.ndarray, "vertices n"]:
        """Return positions (or any other values per vertex of the cut mesh) at the patch's vertices.

        Args:
            values: (W, n) in any unit, at the vertices of the cut mesh.

        Returns:
            (V, n) in the same unit.
        """
        return self.weights @ values


def subdivided(faces: Int[np.ndarray, "faces 3"], count: int) -> LevelSetPatch:
    """Return a mesh with every triangle cut in four, new vertices in the middles of edges.

    Args:
        faces: (F, 3) vertex indices.
        count: the number of vertices.

    Returns:
        The mesh of 4 F triangles; the old vertices come first.
    """
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    unique, number = np.unique(edges, axis=0, return_inverse=True)
    ab, bc, ca = count + number.ravel().reshape(3, -1)
    a, b, c = faces.T
    quarters = [np.stack(corner, 1) for corner in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    rows = np.repeat(np.arange(len(unique)), 2)
    middles = sparse.coo_matrix(
        (np.full(2 * len(unique), 0.5), (rows, unique.ravel())), shape=(len(unique), count)
    )
    return LevelSetPatch(
        np.concatenate(quarters), sparse.csr_matrix(sparse.vstack([sparse.identity(count), middles]))
    )


def cut_patch(mesh: LevelSetPatch, field: Float[np.ndarray, "vertices"]) -> LevelSetPatch:
    """Return the largest piece of a mesh where a field is positive.

    Args:
        mesh: the mesh to cut.
        field: (V,) values at its vertices.

    Returns:
        The piece; triangles are cut linearly along the field's zero line, orientation kept.
    """
    number: dict[tuple[int, int], int] = {}
    cut_faces = []
    for triangle in mesh.faces[(field[mesh.faces] > 0).any(1)].tolist():
        polygon = []
        for a, b in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            if field[a] > 0:
                polygon.append(number.setdefault((a, a), len(number)))
            if (field[a] > 0) != (field[b] > 0):
                polygon.append(number.setdefault((min(a, b), max(a, b)), len(number)))
        cut_faces += [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, len(polygon) - 1)]
    start, end = np.array(list(number)).T
    difference = field[start] - field[end]
    fraction = field[start] / np.where(difference == 0, 1, difference)
    fraction = np.where(start == end, 0, np.clip(fraction, _SNAP, 1 - _SNAP))
    weights = sparse.diags(1 - fraction) @ mesh.weights[start] + sparse.diags(fraction) @ mesh.weights[end]
    kept_faces, kept = largest_component(np.array(cut_faces))
    return LevelSetPatch(kept_faces, sparse.csr_matrix(weights)[kept])


def largest_component(
    faces: Int[np.ndarray, "faces 3"],
) -> tuple[Int[np.ndarray, "kept_faces 3"], Int[np.ndarray, "kept"]]:
    """Return the piece of a mesh with most triangles.

    Args:
        faces: (F, 3) vertex indices.

    Returns:
        (K, 3) its triangles, renumbered, and (N,) the old vertices that they use, in the new order.
    """
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    adjacency = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(faces.max() + 1,) * 2)
    label = sparse.csgraph.connected_components(adjacency, directed=False)[1][faces[:, 0]]
    kept = np.unique(faces[label == np.bincount(label).argmax()])
    row = np.full(faces.max() + 1, -1)
    row[kept] = np.arange(len(kept))
    return row[faces[label == np.bincount(label).argmax()]], kept

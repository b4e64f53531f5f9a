"""Loop subdivision of a triangle mesh as one sparse matrix, for smooth pictures of a coarse head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Subdivision:
    """`operator @ vertices` are the vertices of the finer mesh; every triangle becomes four."""

    operator: sparse.csr_matrix
    faces: Int[np.ndarray, "fine_faces 3"]

    def __call__(
        self, vertices: Float[np.ndarray, "vertices channels"]
    ) -> Float[np.ndarray, "fine channels"]:
        return self.operator @ vertices


def loop_subdivision(faces: Int[np.ndarray, "faces 3"], vertex_count: int) -> Subdivision:
    """Build one step of Loop's scheme (Loop 1987) with Warren's weights; open edges are cubic B-splines.

    Args:
        faces: (F, 3) vertex indices.
        vertex_count: the number of vertices V.

    Returns:
        The operator (V + E, V) and the (4F, 3) finer triangles. Old vertices come first and keep their order;
        one vertex per edge follows. Triangle f becomes rows 4f to 4f + 3. Vertices on edges with more than two
        triangles, as where a cavity meets the skin, are treated like interior ones.
    """
    edges, edge_of_corner, triangles_at_edge = _edges(faces)
    middle = _edge_rows(faces, edges, edge_of_corner, triangles_at_edge, vertex_count)
    operator = sparse.vstack([_vertex_rows(edges, triangles_at_edge, vertex_count), middle])
    a, b, c = faces.T
    ab, bc, ca = (vertex_count + edge_of_corner[:, i] for i in range(3))
    fine = np.stack([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]).transpose(2, 0, 1).reshape(-1, 3)
    return Subdivision(sparse.csr_matrix(operator, dtype=np.float32), fine.astype(np.int32))


def _edges(faces) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    corners = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, edge_of_corner, count = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    return edges, edge_of_corner.reshape(-1, 3), count


def _edge_rows(faces, edges, edge_of_corner, triangles_at_edge, vertex_count) -> sparse.csr_matrix:
    """Return the rows of new vertices: 3/8 of each end and 1/8 of each opposite corner inside, the midpoint at an open edge."""
    inside = triangles_at_edge >= 2
    index = np.arange(len(edges))
    ends = np.where(inside, 3 / 8, 1 / 2)
    opposite = faces[:, [2, 0, 1]].ravel()
    edge = edge_of_corner.ravel()
    fraction = np.where(inside[edge], 1 / 4 / triangles_at_edge[edge], 0.0)
    rows = np.concatenate([index, index, edge])
    columns = np.concatenate([edges[:, 0], edges[:, 1], opposite])
    values = np.concatenate([ends, ends, fraction])
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(edges), vertex_count))


def _vertex_rows(edges, triangles_at_edge, vertex_count) -> sparse.csr_matrix:
    """Return the rows of old vertices: 1 - n w of themselves and w of each neighbour, w = 3/(8 n), or 3/16 where n is 3."""
    open_edge = triangles_at_edge == 1
    on_border = np.zeros(vertex_count, bool)
    on_border[edges[open_edge]] = True
    both = np.concatenate([edges, edges[:, ::-1]])
    counted = np.concatenate([open_edge, open_edge]) | ~on_border[both[:, 0]]
    both = both[counted]
    valence = np.bincount(both[:, 0], minlength=vertex_count)
    weight = np.where(on_border, 1 / 8, np.where(valence == 3, 3 / 16, 3 / (8 * np.maximum(valence, 1))))
    rows, columns = both.T
    diagonal = 1 - weight * valence
    every = np.arange(vertex_count)
    return sparse.csr_matrix(
        (
            np.concatenate([weight[rows], diagonal]),
            (np.concatenate([rows, every]), np.concatenate([columns, every])),
        ),
        shape=(vertex_count, vertex_count),
    )

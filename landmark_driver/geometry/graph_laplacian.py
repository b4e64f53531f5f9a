"""The Laplacian of a mesh's edges, independent of lengths and angles."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Integer


def graph_laplacian(faces: Integer[np.ndarray, "faces 3"], count: int) -> sparse.csr_matrix:
    """Build the matrix that takes values at vertices to their difference from the neighbours' mean.

    Args:
        faces: (F, 3) vertex indices; every vertex needs a triangle.
        count: the number of vertices V.

    Returns:
        (V, V) identity minus row-normalised adjacency.
    """
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    i, j = np.concatenate([edges, edges[:, ::-1]]).T
    adjacency = sparse.coo_matrix((np.ones(len(i)), (i, j)), shape=(count, count)).tocsr()
    adjacency.data[:] = 1
    degree = np.asarray(adjacency.sum(1)).ravel()
    return sparse.csr_matrix(sparse.identity(count) - sparse.diags(1 / degree) @ adjacency)

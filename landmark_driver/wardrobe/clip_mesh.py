"""The part of a triangle mesh where a function of its vertices is positive, cut straight through triangles."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int


def clip_mesh(
    faces: Int[np.ndarray, "faces 3"], values: Float[np.ndarray, "vertices"]
) -> tuple[sparse.csr_matrix, Int[np.ndarray, "kept 3"]]:
    """Cut a mesh along the line where a function that is linear in triangles is zero.

    Args:
        faces: (F, 3) vertex indices.
        values: (V,) the function at the vertices.

    Returns:
        The operator (W, V) from the vertices to those of the part that is kept, and its triangles (G, 3).
    """
    inside = values > 0
    count = inside[faces].sum(1)
    kept = [faces[count == 3]]
    edges: list[tuple[int, int]] = []
    number: dict[tuple[int, int], int] = {}

    def cut(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in number:
            number[key] = len(values) + len(edges)
            edges.append(key)
        return number[key]

    for a, b, c in faces[(count == 1) | (count == 2)]:
        while inside[a] == inside[b] or inside[a] == inside[c]:
            a, b, c = b, c, a  # a lies alone on its side
        ab, ac = cut(a, b), cut(a, c)
        kept.append(np.array([[a, ab, ac]] if inside[a] else [[ab, b, c], [ab, c, ac]]))
    ends = np.array(edges, int).reshape(-1, 2)
    share = values[ends[:, 0]] / (values[ends[:, 0]] - values[ends[:, 1]])
    rows = np.repeat(np.arange(len(ends)), 2)
    between = np.stack([1 - share, share], 1).ravel()
    middle = sparse.csr_matrix((between, (rows, ends.ravel())), (len(ends), len(values)))
    triangles = np.concatenate(kept)
    used, triangles = np.unique(triangles, return_inverse=True)
    operator = sparse.csr_matrix(sparse.vstack([sparse.identity(len(values)), middle]))
    return operator[used], triangles.reshape(-1, 3)

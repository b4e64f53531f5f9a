"""The edges of triangles."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int


def edges_of(triangles: Int[np.ndarray, "triangles 3"]) -> Int[np.ndarray, "edges 2"]:
    """Return every edge of some triangles once.

    Args:
        triangles: (F, 3) vertex indices.

    Returns:
        (E, 2) vertex indices, the smaller one first, in rising order.
    """
    return np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)

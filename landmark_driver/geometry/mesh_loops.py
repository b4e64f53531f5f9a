"""Boundary loops of a triangle mesh."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int


def boundary_loops(faces: Int[np.ndarray, "faces 3"]) -> list[Int[np.ndarray, "_"]]:
    """Return the vertex loops along edges that have one triangle only.

    Args:
        faces: (F, 3) vertex indices; every boundary vertex must have exactly one outgoing boundary edge.

    Returns:
        For each loop its vertex indices (L,) in face orientation; the loop with most vertices first.
    """
    edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    directed = {(int(a), int(b)) for a, b in edges}
    following = {a: b for a, b in directed if (b, a) not in directed}
    loops = []
    while following:
        start = min(following)
        loop = [start]
        while (vertex := following.pop(loop[-1])) != start:
            loop.append(vertex)
        loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)

"""Closes a mesh's holes with fans, for pictures only: a detector stumbles over gaps in a face."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head_model.skin_wrap import graph_laplacian

_LONGEST_SHARE = 0.5
"""Loops longer than this share of the mesh's extent, as around a neck, stay open."""


def open_loops(faces: Int[np.ndarray, "faces 3"]) -> list[list[int]]:
    """Closed walks along edges that have one triangle, in the direction that a filling triangle needs.

    Where loops touch, a walk takes any way on and gives off a loop whenever it meets itself.
    """
    edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    directed = {(int(a), int(b)) for a, b in edges}
    following: dict[int, list[int]] = {}
    for a, b in directed:
        if (b, a) not in directed:
            following.setdefault(b, []).append(a)
    loops = []
    for start in list(following):
        walk, place = [start], {start: 0}
        while following.get(walk[-1]):
            step = following[walk[-1]].pop()
            if step in place:
                loops.append(walk[place[step] :])
                for vertex in walk[place[step] + 1 :]:
                    del place[vertex]
                walk = walk[: place[step] + 1]
            else:
                place[step] = len(walk)
                walk.append(step)
    return [loop for loop in loops if len(loop) >= 3]


def filled(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[np.ndarray, np.ndarray, list[list[int]]]:
    """The mesh with a vertex in the middle of every hole, and the loops that were closed."""
    extent = np.ptp(vertices, axis=0).max()
    loops = []
    for loop in open_loops(faces):
        rim = vertices[loop]
        if np.linalg.norm(rim - np.roll(rim, 1, axis=0), axis=1).sum() < _LONGEST_SHARE * extent:
            loops.append(loop)
    middles = [vertices[loop].mean(0) for loop in loops]
    fans = [
        np.stack([loop, np.roll(loop, -1), np.full(len(loop), len(vertices) + index)], 1)
        for index, loop in enumerate(loops)
    ]
    if not loops:
        return vertices, faces, loops
    return np.concatenate([vertices, middles]), np.concatenate([faces, *fans]).astype(np.int32), loops


def smoothed(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], rounds: int
) -> Float[np.ndarray, "vertices 3"]:
    """Noise taken out without shrinking (Taubin 1995: a step inwards and a longer one back)."""
    laplacian = graph_laplacian(faces, len(vertices))
    for _ in range(rounds):
        for step in (0.5, -0.53):
            vertices = vertices - step * (laplacian @ vertices)
    return vertices

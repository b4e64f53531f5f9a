"""Smooth patches over a mesh's holes, for pictures only: gaps and flat discs in a face mislead a face detector."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int
from scipy.sparse.linalg import spsolve

from landmark_driver.geometry.graph_laplacian import graph_laplacian

_LONGEST_FRACTION = 0.9
"""Loops longer than this fraction of the mesh's extent, as around a neck, stay open."""
_MOST_RINGS = 5
_STIFFNESS = 1e-9
"""Keeps the equations of a patch solvable."""


def open_loops(faces: Int[np.ndarray, "faces 3"]) -> list[list[int]]:
    """Return the closed walks along edges that have one triangle, in the direction that a filling triangle needs.

    Args:
        faces: (F, 3) vertex indices.

    Returns:
        For each loop its vertices in order, three or more. Where loops touch, a walk takes any way on and gives
        off a loop whenever it meets itself.
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
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    colors: Float[np.ndarray, "vertices 3"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mesh with a patch of rings over every hole.

    A patch has the least bending, Σ |L x|² with the graph's Laplacian L, so that it goes on as its rim does.

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) vertex indices; every vertex needs a triangle.
        colors: (V, 3) RGB in 0..1.

    Returns:
        Vertices (W, 3) in the unit of `vertices`, triangles (G, 3) int32 and colours (W, 3) in 0..1; the old
        vertices and triangles come first. Loops as long as around a neck stay open.
    """
    extent = np.ptp(vertices, axis=0).max()
    rows, triangles, count = [np.concatenate([vertices, colors], 1)], [faces], len(vertices)
    for loop in open_loops(faces):
        rim = vertices[loop]
        if np.linalg.norm(rim - np.roll(rim, 1, axis=0), axis=1).sum() < _LONGEST_FRACTION * extent:
            added, patch = _patch(rows[0][loop], np.array(loop), count)
            rows.append(added)
            triangles.append(patch)
            count += len(added)
    values, faces = np.concatenate(rows), np.concatenate(triangles).astype(np.int32)
    if count > len(vertices):
        values = _bent_least(values, faces, len(vertices))
    return values[:, :3], faces, values[:, 3:].clip(0, 1)


def _patch(rim: np.ndarray, loop: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rings from a rim to its middle, and their triangles; the new vertices are numbered from `start`."""
    sides, middle = len(loop), rim.mean(0)
    rings = int(np.clip(sides // 6, 1, _MOST_RINGS))
    added = [rim + (middle - rim) * ring / rings for ring in range(1, rings)] + [middle[None]]
    numbers = [loop] + [start + sides * ring + np.arange(sides) for ring in range(rings - 1)]
    triangles = []
    for outer, inner in pairwise(numbers):
        after, within = np.roll(outer, -1), np.roll(inner, -1)
        triangles += [np.stack([outer, after, inner], 1), np.stack([after, within, inner], 1)]
    last, centre = numbers[-1], np.full(sides, start + sides * (rings - 1))
    triangles.append(np.stack([last, np.roll(last, -1), centre], 1))
    return np.concatenate(added), np.concatenate(triangles)


def _bent_least(values: np.ndarray, faces: np.ndarray, fixed: int) -> np.ndarray:
    """Return the rows with those from `fixed` on replaced by the values of least bending."""
    laplacian = graph_laplacian(faces, len(values))
    bending = sparse.csc_matrix(laplacian.T @ laplacian)
    inside = sparse.csc_matrix(bending[fixed:, fixed:] + _STIFFNESS * sparse.identity(len(values) - fixed))
    found = spsolve(inside, -(bending[fixed:, :fixed] @ values[:fixed]))
    return np.concatenate([values[:fixed], np.asarray(found).reshape(-1, values.shape[1])])


def smoothed(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], rounds: int
) -> Float[np.ndarray, "vertices 3"]:
    """Return the vertices without noise and without shrinking (Taubin 1995: a step inwards and a longer one back).

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) vertex indices; every vertex needs a triangle.
        rounds: number of pairs of steps, 0.5 inwards and 0.53 back.

    Returns:
        (V, 3) in the unit of `vertices`.
    """
    laplacian = graph_laplacian(faces, len(vertices))
    for _ in range(rounds):
        for step in (0.5, -0.53):
            vertices = vertices - step * (laplacian @ vertices)
    return vertices

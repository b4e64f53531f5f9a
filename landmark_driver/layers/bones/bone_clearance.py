"""Bones that keep their distance from the skin and stay under the skull wrap, on extreme heads too."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.geometry.graph_laplacian import graph_laplacian
from landmark_driver.geometry.mesh_contact import nearest_on_mesh, triangle_samples
from landmark_driver.geometry.triangle_intersections import intersecting_pairs

CLEARANCE_M = 0.0021
"""Bones keep this distance from the skin; 1.5 mm are promised."""

_LONG_EDGE_M = 0.003
"""Bone edges longer than this are also tested at their middles."""

_RETREAT_M = 8e-4
"""First step away from the skull wrap; later ones are longer."""


def clear_of_tissue(
    bone: tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "faces 3"]],
    skin: tuple[Float[np.ndarray, "skin 3"], Int[np.ndarray, "skin_faces 3"]],
    wrap: tuple[Float[np.ndarray, "wrap 3"], Int[np.ndarray, "wrap_faces 3"]],
    inwards: Float[np.ndarray, "points 3"],
    rounds: int = 10,
) -> Float[np.ndarray, "points 3"]:
    """Return a bone's vertices, moved where it is too near the skin or comes through the skull wrap.

    Args:
        bone: vertices (P, 3) in metres, head frame, and triangles.
        skin: vertices (S, 3) in metres, head frame, and triangles.
        wrap: the skull wrap's vertices (W, 3) in metres, head frame, and triangles.
        inwards: (P, 3) unit vectors into the head.
        rounds: the most steps away from the skull wrap.

    Returns:
        (P, 3) metres, head frame.

    Normals of the skull wrap are no substitute for `inwards`: where it folds they contradict each other.
    """
    points, faces = bone
    laplacian = graph_laplacian(faces, len(points))
    for round_number in range(rounds):
        points = _away_from_skin(points, faces, laplacian, inwards, *skin)
        through = intersecting_pairs(points, faces, *wrap)
        if len(through) == 0:
            break
        touching = np.unique(faces[through[:, 0]])
        move = np.zeros_like(points)
        move[touching] = _RETREAT_M * 1.2**round_number * inwards[touching]
        points = points + _followed_by_neighbours(move, laplacian)
    return points


def _away_from_skin(
    points: Float[np.ndarray, "points 3"],
    faces: Int[np.ndarray, "faces 3"],
    laplacian: sparse.csr_matrix,
    inwards: Float[np.ndarray, "points 3"],
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "skin_faces 3"],
    rounds: int = 6,
) -> Float[np.ndarray, "points 3"]:
    """Move bone inwards where one of its corners, edges or faces is nearer to the skin than `CLEARANCE_M`.

    The bone moves straight away from the nearest point of the skin. Where that would lead out of the head, as
    where an ear has sunk into it, the bone goes inwards until the skin no longer cuts it.
    """
    skin_places = triangle_samples(skin, skin_faces)
    edges = np.unique(np.sort(np.concatenate([faces[:, :2], faces[:, 1:]]), 1), axis=0)
    for _ in range(rounds):
        long = edges[np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1) > _LONG_EDGE_M]
        own = np.concatenate([points, points[long].mean(1)])
        place, face = nearest_on_mesh(own, skin, skin_faces, 2 * CLEARANCE_M)
        own_inwards = np.concatenate([inwards, inwards[long[:, 0]]])
        needed = _missing(own - place, own_inwards, face)
        move = needed[: len(points)].copy()
        bone_place, bone_face = nearest_on_mesh(skin_places, points, faces, 2 * CLEARANCE_M)
        shared = _missing(bone_place - skin_places, inwards[faces[bone_face, 0]], bone_face)
        _raise_to(move, long, needed[len(points) :])
        _raise_to(move, faces[bone_face], shared)
        if np.abs(move).max() == 0:
            break
        skin_places = skin_places[bone_face >= 0]
        points = points + _followed_by_neighbours(move, laplacian)
    return points


def _raise_to(
    move: Float[np.ndarray, "points 3"], corners: Int[np.ndarray, "n k"], needed: Float[np.ndarray, "n 3"]
) -> None:
    """Replace the moves of all `corners` by `needed` where that is longer."""
    chosen = np.flatnonzero(np.abs(needed).max(1) > 0)
    for row in chosen[np.argsort(np.linalg.norm(needed[chosen], axis=1))]:
        for corner in corners[row]:
            if needed[row] @ needed[row] > move[corner] @ move[corner]:
                move[corner] = needed[row]


def _missing(
    away: Float[np.ndarray, "n 3"], inwards: Float[np.ndarray, "n 3"], face: Int[np.ndarray, "n"]
) -> Float[np.ndarray, "n 3"]:
    """Return the move that restores the clearance, along `away` or else inwards; none where `face` is -1."""
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    leads_out = (away * inwards).sum(1, keepdims=True) < -0.5 * distance
    unclear = leads_out | (distance < 2e-4)
    direction = np.where(unclear, inwards, away / np.maximum(distance, 1e-9))
    length = np.where(leads_out, CLEARANCE_M + distance, CLEARANCE_M - distance)
    near = (face[:, None] >= 0) & (distance < CLEARANCE_M)
    return np.where(near, 1.2 * length * direction, 0.0)


def _followed_by_neighbours(
    move: Float[np.ndarray, "points 3"], laplacian: sparse.csr_matrix, rings: int = 4
) -> Float[np.ndarray, "points 3"]:
    """Return the moves, and for vertices without one 0.8 of their neighbours' mean, ring by ring."""
    given = np.abs(move).sum(1) > 0
    for _ in range(rings):
        average = move - laplacian @ move
        move = np.where(given[:, None], move, 0.8 * average)
    return move

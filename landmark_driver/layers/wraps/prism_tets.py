"""Prisms between neighbouring wraps, each cut into three tetrahedra."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, UInt8

SOFT, MUSCLE = 0, 1
"""Tissue between the skin and muscle wraps, and between the muscle and skull wraps."""


def prism_tets(
    faces: Int[np.ndarray, "faces 3"], wrap_size: int
) -> tuple[Int[np.ndarray, "tets 4"], UInt8[np.ndarray, "tets"], Int[np.ndarray, "tets"]]:
    """Return tetrahedra with positive volume, their tissue, and the wrap triangle of each.

    Args:
        faces: (F, 3) the wrap's triangles.
        wrap_size: W, the number of wrap vertices.

    Returns:
        (6 F, 4) node indices, (6 F,) SOFT or MUSCLE, and (6 F,) wrap triangles. Nodes are skin wrap, muscle
        wrap and skull wrap, one after the other.

    All diagonals follow one rule, so that neighbours agree whatever their triangles' orders. A prism's side
    is cut from the outer end of its smaller vertex number to the inner end of the larger one.
    """
    order = np.argsort(faces, 1)
    low, middle, high = np.take_along_axis(faces, order, 1).T
    even = np.isin(
        order[:, 0] * 9 + order[:, 1] * 3 + order[:, 2], [0 * 9 + 1 * 3 + 2, 1 * 9 + 2 * 3 + 0, 2 * 9 + 1]
    )
    pieces, tissue = [], []
    for layer in (SOFT, MUSCLE):
        outer, inner = layer * wrap_size, (layer + 1) * wrap_size
        a, b, c = low + outer, middle + outer, high + outer
        d, e, f = low + inner, middle + inner, high + inner
        for tet in ((a, b, c, f), (a, b, f, e), (a, e, f, d)):
            corners = np.stack(tet, 1)
            corners[even] = corners[even][:, [0, 2, 1, 3]]
            pieces.append(corners)
            tissue.append(np.full(len(faces), layer))
    face_of = np.tile(np.arange(len(faces)), 6)
    return np.concatenate(pieces).astype(np.int32), np.concatenate(tissue).astype(np.uint8), face_of


def signed_volumes(
    nodes: Float[np.ndarray, "nodes 3"], tets: Int[np.ndarray, "tets 4"]
) -> Float[np.ndarray, "tets"]:
    """Return the volume of each tetrahedron, negative where it is inverted.

    Args:
        nodes: (N, 3) in any unit.
        tets: (T, 4) node indices.

    Returns:
        (T,) in the cube of the nodes' unit: cubic metres for metres.
    """
    a, b, c, d = (nodes[tets[:, k]] for k in range(4))
    return np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6


def scaled_jacobians(
    nodes: Float[np.ndarray, "nodes 3"], tets: Int[np.ndarray, "tets 4"]
) -> Float[np.ndarray, "tets"]:
    """Return each tetrahedron's quality: the smallest corner determinant over its three edges' lengths.

        sqrt(2) * 6 V / max over corners of the product of the three edge lengths there

    Args:
        nodes: (N, 3) in any unit.
        tets: (T, 4) node indices.

    Returns:
        (T,) in -1..1: 1 for a regular tetrahedron, negative for an inverted one. This is the common definition in
        mesh verification.
    """
    points = nodes[tets]
    length = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)
    corner = [length[:, i, [j for j in range(4) if j != i]].prod(1) for i in range(4)]
    return np.sqrt(2) * 6 * signed_volumes(nodes, tets) / np.max(corner, 0)


def reference_prisms(
    skin_wrap: Float[np.ndarray, "wrap 3"],
    faces: Int[np.ndarray, "faces 3"],
    thickness: Float[np.ndarray, "layers wrap"],
    tets: Int[np.ndarray, "tets 4"],
    face_of: Int[np.ndarray, "tets"],
) -> Float[np.ndarray, "tets 4 3"]:
    """Return the corners of each tetrahedron in a flat prism over its triangle, with the wanted thickness.

    Args:
        skin_wrap: (W, 3) in any unit.
        faces: (F, 3) the wrap's triangles.
        thickness: (2, W) in the same unit, one row per layer.
        tets: (T, 4) node indices.
        face_of: (T,) the wrap triangle of each tetrahedron.

    Returns:
        (T, 4, 3) in the same unit. A triangle's three corners have its mean thickness in common.
    """
    count = len(skin_wrap)
    corners = skin_wrap[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    depth = np.concatenate([[np.zeros(len(faces))], np.cumsum(thickness[:, faces].mean(2), 0)])
    layer, vertex = tets // count, tets % count
    return skin_wrap[vertex] - depth[layer, face_of[:, None]][..., None] * normal[face_of][:, None]

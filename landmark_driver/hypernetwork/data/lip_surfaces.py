"""The lips' triangles and the give of the skin around them, the same for all heads of a topology."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import spsolve

from landmark_driver.geometry.graph_laplacian import graph_laplacian
from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.head.lip_separation import LipSeparation
from landmark_driver.tissue.face_regions import face_regions
from landmark_driver.tissue.tissue_parameters import REGIONS

_FIRM_M, _FADED_M, _CORNER_M = 0.010, 0.030, 0.003
"""Lip vertices nearer to the slit than the first length take their half of an overlap, and beyond the second length
nothing moves. The half fades within the third length of a corner of the mouth."""


def lip_separation(template: IdentityHead) -> LipSeparation:
    """Return the separation of the lips, valid for every head of a topology.

    Args:
        template: the topology's default head.

    Returns:
        The lip triangles, the slit, and each moving vertex's fraction of an overlap.
    """
    upper, lower = lip_faces(template)
    slit = _slit(template)
    share = _share(template, slit, np.unique(upper), np.unique(lower))
    moving = np.flatnonzero(np.abs(share) > 1e-3)
    return LipSeparation(upper, lower, slit, moving, share[moving])


def lip_faces(
    template: IdentityHead,
) -> tuple[Int[np.ndarray, "upper 3"], Int[np.ndarray, "lower 3"]]:
    """Return the triangles of the upper and of the lower lip, as far as skin reaches into the mouth.

    Args:
        template: the topology's default head.

    Returns:
        (U, 3) and (L, 3) vertex indices.

    A vertex belongs to the lip whose rim is nearer along the surface: where lips meet, height does not separate them.
    """
    labels = face_regions(template.vertices, template.topology.lip_loop)
    names = [f"{lip}_lip_{side}" for lip in ("upper", "lower") for side in ("left", "right")]
    on_lips = np.isin(labels, [REGIONS.index(name) for name in names])
    faces = template.topology.faces_of("skin")
    edges = edges_of(faces)
    length = np.linalg.norm(template.vertices[edges[:, 0]] - template.vertices[edges[:, 1]], axis=1)
    count = len(template.vertices)
    graph = sparse.csr_matrix((length, (edges[:, 0], edges[:, 1])), shape=(count, count))
    above, below = (
        dijkstra(graph, directed=False, indices=np.unique(rim[1:-1]), min_only=True)
        for rim in _slit(template)
    )
    upper, lower = on_lips & (above < below), on_lips & (below < above)
    return faces[upper[faces].all(1)].astype(np.int64), faces[lower[faces].all(1)].astype(np.int64)


def _slit(template: IdentityHead) -> Int[np.ndarray, "2 slit"]:
    """Return the lip loop cut at the corners of the mouth; the shorter half repeats some vertices."""
    loop, x = template.topology.lip_loop, template.vertices[:, 0]
    loop = np.roll(loop, -int(np.argmin(x[loop])))
    left = int(np.argmax(x[loop]))
    halves = [loop[: left + 1], np.append(loop[left:], loop[0])[::-1]]
    halves.sort(key=lambda half: -template.vertices[half, 1].mean())
    longest = max(len(half) for half in halves)
    return np.stack([half[np.linspace(0, len(half) - 1, longest).round().astype(int)] for half in halves])


def _share(template: IdentityHead, slit, upper, lower) -> Float[np.ndarray, "vertices"]:
    """Return half at the upper lip, minus half at the lower one, zero far away, harmonic on the mesh in between."""
    vertices, topology = template.vertices, template.topology
    rim = np.unique(slit)
    away = np.linalg.norm(vertices[:, None] - vertices[rim][None], axis=2).min(1)
    corners = slit[0, [0, -1]]
    shared = np.intersect1d(upper, lower)
    from_corner = np.linalg.norm(vertices[:, None] - vertices[corners][None], axis=2).min(1)
    taper = np.minimum(from_corner / _CORNER_M, 1.0)
    share = np.zeros(len(vertices))
    firm = np.zeros(len(vertices), bool)
    for lip, half in ((upper, 0.5), (lower, -0.5)):
        near = np.setdiff1d(lip[away[lip] < _FIRM_M], np.concatenate([corners, shared]))
        share[near], firm[near] = half * taper[near], True
    soft = np.union1d(topology.vertices_of("skin"), topology.vertices_of("mouth_cavity"))
    free = np.setdiff1d(soft[away[soft] < _FADED_M], np.concatenate([np.flatnonzero(firm), corners]))
    laplacian = graph_laplacian(topology.faces, len(vertices))
    known = np.setdiff1d(np.arange(len(vertices)), free)
    right = -(laplacian[free][:, known] @ share[known])
    share[free] = np.asarray(spsolve(laplacian[free][:, free].tocsc(), right))
    return share

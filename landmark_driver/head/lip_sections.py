"""Sections across the mouth of a head at rest, from which its lips are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int, UInt8

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.head.identity_model import PARTS
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.head.lip_separation import LipSeparation

_SPACING_M, _INSET_M = 0.002, 0.0006
"""The distance between sections, and of the outermost ones from the corners."""
_RINGS = 4
"""The shown surface of a lip faces the other lip so many rings of triangles from its rim."""
_CORNER_M, _NEAREST_M = 0.003, 0.001
"""Shares that fade within the first length of a corner are made to fade within the second."""
_LEAST_GIVE = 0.4
_LEAST_TRIANGLES = 60
"""Triangles of either lip; with fewer the head is too coarse to say where its lips meet."""
_TOUCH_M, _MORE_TOUCH_M, _AT_CORNER_M = 2e-4, 6e-4, 0.008
"""The overlap of closed lips, and what is added at the very corner, where few vertices move; none from the length on."""


def lip_seal(
    lips: LipSeparation,
    neutral_vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    face_part: UInt8[np.ndarray, "faces"],
) -> LipSeal | None:
    """Return the seal of a head's lips.

    Args:
        lips: of the head's topology.
        neutral_vertices: (V, 3) metres, head frame.
        faces: (F, 3) the head's triangles.
        face_part: (F,) index into `PARTS` for every triangle.

    Returns:
        The seal; None for a head that is too coarse.
    """
    if min(len(lips.upper), len(lips.lower)) < _LEAST_TRIANGLES:
        return None
    neutral = neutral_vertices.astype(float)
    shown = loop_subdivision(faces, len(neutral))
    fine = shown.operator @ neutral
    share = _share(lips, neutral)
    soft = np.isin(np.repeat(face_part, 4), [PARTS.index("skin"), PARTS.index("mouth_cavity")])
    edges = edges_of(shown.faces[soft])
    right, left = neutral[lips.slit[0, [0, -1]], 0]
    places = np.linspace(right + _INSET_M, left - _INSET_M, int((left - right) / _SPACING_M) + 1)
    near, fine_share = _around(np.unique(lips.slit), edges, len(fine)), shown.operator @ share
    own = [edges[(near & (side * fine_share > 0))[edges].all(1)] for side in (1, -1)]
    sections = sections_across(own, fine, places)
    if sections is None:
        return None
    from_corner = np.minimum(sections.places - right, left - sections.places)
    more = _MORE_TOUCH_M * np.clip(1 - from_corner / _AT_CORNER_M, 0, 1)
    return seal_of_sections(sections, sections.points @ shown.operator, share, _TOUCH_M + more)


@dataclass(frozen=True, eq=False)
class Sections:
    """Planes across the mouth, and the points where edges of either lip pass through them."""

    places: Float[np.ndarray, "sections"]
    """Metres across the face, growing to the subject's left."""
    points: sparse.csr_matrix
    """(P, N) the points as sums of a mesh's vertices, those of the upper lip first."""
    bounds: Int[np.ndarray, "2 sections_and_one"]
    """The first point of each section, and the end of the last one, for either lip."""


def sections_across(
    lips: Sequence[Int[np.ndarray, "_ 2"]],
    vertices: Float[np.ndarray, "vertices 3"],
    places: Float[np.ndarray, "places"],
) -> Sections | None:
    """Return the sections at those places where both lips are.

    Args:
        lips: the edges of the upper lip, and of the lower one.
        vertices: (N, 3) metres, head frame.
        places: metres across the face.

    Returns:
        The sections; None where there are none.
    """
    cuts = [[_cut(edges, vertices, place) for place in places] for edges in lips]
    both = [number for number in range(len(places)) if all(len(cut[number][0]) for cut in cuts)]
    if not both:
        return None
    cuts = [[cut[number] for number in both] for cut in cuts]
    counts = np.array([[len(entries) for entries, _ in cut] for cut in cuts])
    ends = np.cumsum(np.concatenate([[0], counts.ravel()]))
    bounds = np.stack([ends[: len(both) + 1], ends[len(both) :]]).astype(np.int32)
    points = _interpolation([cut for lip in cuts for cut in lip], len(vertices))
    return Sections(places[both], points, bounds)


def seal_of_sections(
    sections: Sections,
    points: sparse.csr_matrix,
    share: Float[np.ndarray, "vertices"],
    touch: Float[np.ndarray, "sections"],
) -> LipSeal:
    """Return the seal that sections and shares make.

    Args:
        sections: across the mouth.
        points: (P, V) their points as sums of the vertices that give way.
        share: (V,) the fraction of an opening that every vertex takes, negative below.
        touch: metres, the overlap of closed lips in every section.

    Returns:
        The seal of the V vertices.
    """
    points = sparse.csr_matrix(points, dtype=np.float32)
    points.sum_duplicates()
    first = sections.bounds[:, :-1]
    reach = np.maximum.reduceat(np.abs(points @ share), first.ravel()).reshape(2, -1).sum(0)
    moving = np.flatnonzero(share)
    return LipSeal(
        starts=points.indptr.astype(np.int32),
        columns=points.indices.astype(np.int32),
        values=points.data,
        sections=sections.bounds,
        give=np.maximum(reach, _LEAST_GIVE),
        touch=touch,
        moving=moving.astype(np.int32),
        share=share[moving],
    )


def _share(lips: LipSeparation, neutral) -> Float[np.ndarray, "vertices"]:
    """Return the fraction of an opening that every vertex takes, nearly whole up to the corners."""
    share = np.zeros(len(neutral))
    share[lips.moving] = lips.share
    corners = neutral[lips.slit[0, [0, -1]]]
    away = np.linalg.norm(neutral[:, None] - corners[None], axis=2).min(1)
    return share * np.maximum(_CORNER_M / np.clip(away, _NEAREST_M, _CORNER_M), 1)


def _around(rim, edges, count: int) -> Bool[np.ndarray, "shown"]:
    """Return the shown vertices within some rings of the rim's."""
    near = np.isin(np.arange(count), rim)
    for _ in range(_RINGS):
        near[edges[near[edges].any(1)]] = True
    return near


def _cut(edges, fine, place: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges that pass through the plane x = place, and where: 0 at their first end, 1 at their second."""
    start, end = fine[edges[:, 0], 0], fine[edges[:, 1], 0]
    crossing = (start < place) != (end < place)
    return edges[crossing], (place - start[crossing]) / (end[crossing] - start[crossing])


def _interpolation(cuts: list[tuple[np.ndarray, np.ndarray]], columns: int) -> sparse.csr_matrix:
    edges = np.concatenate([edges for edges, _ in cuts])
    along = np.concatenate([along for _, along in cuts])
    rows = np.arange(len(edges))
    values = np.concatenate([1 - along, along])
    places = (np.tile(rows, 2), edges.T.ravel())
    return sparse.csr_matrix((values, places), (len(edges), columns))

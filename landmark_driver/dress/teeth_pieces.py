"""Teeth and gums as pieces: upper crowns stay with the skull, lower ones go with the mandible, gums blend."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece, carried
from landmark_driver.dress.teeth import GUM, RIBBON_PARTS, Teeth, load_teeth
from landmark_driver.dress.teeth_place import place_teeth
from landmark_driver.head.head import Head

_ANCHORS = 8
"""Vertices of the mandible's markers that carry the lower crowns."""
_ROUGHNESS = {"crowns": 0.25, "gums": 0.4}


def teeth_pieces(head: Head, name: str) -> tuple[Piece, ...]:
    """Return the teeth and gums of a head.

    Args:
        head: its neutral vertices place the set, and its own coarse lower teeth carry the lower crowns.
        name: of the set in the wardrobe.

    Returns:
        Upper crowns, lower crowns, and gums with palate.
    """
    teeth = load_teeth(name)
    neutral = head.neutral_vertices.astype(float)
    place = place_teeth(teeth, neutral, head.faces, head.face_part)
    vertices = place(teeth.vertices.astype(float))
    anchors = spread_rows(neutral, np.unique(head.faces[head.face_part == RIBBON_PARTS[1]]), _ANCHORS)
    operator = sparse.csr_matrix(sparse.diags(teeth.lower) @ carried(vertices, neutral, anchors))
    operator.eliminate_zeros()
    parts = (
        ("crowns_upper", teeth.upper_crowns),
        ("crowns_lower", teeth.lower_crowns),
        ("gums", teeth.tooth == GUM),
    )
    return tuple(_piece(label, teeth, vertices, operator, rows) for label, rows in parts)


def _piece(name: str, teeth: Teeth, vertices, operator, rows: Bool[np.ndarray, "piece"]) -> Piece:
    place = np.cumsum(rows) - 1
    material = Material(
        name.split("_")[0],
        roughness=_ROUGHNESS[name.split("_")[0]],
        color_picture=teeth.picture.tobytes(),
    )
    return Piece(
        name,
        vertices[rows].astype(np.float32),
        place[teeth.faces[rows[teeth.faces].all(1)]].astype(np.int32),
        operator[rows].astype(np.float32),
        teeth.coordinates[rows],
        material,
    )


def spread_rows(
    vertices: Float[np.ndarray, "vertices 3"], rows: Int[np.ndarray, "rows"], count: int
) -> Int[np.ndarray, "count"]:
    """Return rows far from each other: each is the farthest from those before it (Gonzalez 1985).

    Args:
        vertices: (V, 3) in any unit.
        rows: (R,) the rows to choose from.
        count: the number of rows wanted.

    Returns:
        (count,) some of `rows`.
    """
    points = vertices[rows]
    chosen = [int(np.linalg.norm(points - points.mean(0), axis=1).argmax())]
    distance = np.full(len(rows), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
        chosen.append(int(distance.argmax()))
    return rows[chosen]

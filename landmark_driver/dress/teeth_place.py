"""Where teeth sit in a head: as wide as its jaws, under the upper lip's rim, and close behind the lips.

The set takes the size of the head's own coarse teeth. At rest the upper incisors show a little below the upper lip's
rim. Then the set goes forward until the first crown is near tissue. The way forward is stepped by the distance
that is certainly free, as rays are (Hart 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.dress.teeth import Teeth, ribbon_rows
from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.geometry.triangle_search import TriangleSearch
from landmark_driver.head.identity_model import PARTS

_SHOWN_M = 0.0016
"""Incisors show by this much under the rim of a resting upper lip."""
_CLEARANCE_M = 0.0008
_BACKMOST_M, _FOREMOST_M = -0.005, 0.009
_TOLERANCE_M = 5e-5
_FORWARD = np.array([0.0, 0.0, 1.0])
_INCISOR_M = 0.008
"""Crowns that reach nearer to the middle of the arch than this are central incisors."""
_TISSUE = [PARTS.index(part) for part in ("skin", "mouth_cavity", "eye_cavity_left", "eye_cavity_right")]
_CAVITY = PARTS.index("mouth_cavity")


@dataclass(frozen=True)
class TeethPlace:
    """The map from the wardrobe's frame to a head's: scale x + shift."""

    scale: float
    shift: Float[np.ndarray, "3"]
    """Metres, head frame."""

    def __call__(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
        return self.scale * points + self.shift

    def inverse(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
        return (points - self.shift) / self.scale


def place_teeth(
    teeth: Teeth,
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    face_part: UInt8[np.ndarray, "faces"],
) -> TeethPlace:
    """Return the place of teeth in a head at rest.

    Args:
        teeth: the set.
        vertices: (V, 3) metres, head frame: the neutral head.
        faces: (F, 3) its triangles.
        face_part: (F,) index into `PARTS` for every triangle.

    Returns:
        The map from the set's own frame to the head's.
    """
    vertices = vertices.astype(float)
    markers = vertices[ribbon_rows(faces, face_part)]
    drawn = teeth.markers.astype(float)
    scale = fit_similarity(drawn, markers, np.ones(len(drawn))).scale
    shift = markers.mean(0) - scale * drawn.mean(0)
    incisors = teeth.vertices[teeth.upper_crowns & (np.abs(teeth.vertices[:, 0]) < _INCISOR_M)]
    middle, lowest = scale * teeth.vertices[:, 0].mean() + shift[0], scale * incisors[:, 1].min()
    shift[1] = _upper_rim(vertices, faces[face_part == _CAVITY], middle) - _SHOWN_M - lowest
    crowns = scale * teeth.vertices[teeth.tooth > 0].astype(float) + shift
    shift[2] += _way_forward(crowns, vertices, faces[np.isin(face_part, _TISSUE)])
    return TeethPlace(scale, shift)


def _upper_rim(vertices, cavity, x: float) -> float:
    """Return the height of the upper lip's rim above a place across the mouth."""
    loop = max(boundary_loops(cavity), key=len)
    rim = vertices[loop]
    right, left = sorted((int(rim[:, 0].argmin()), int(rim[:, 0].argmax())))
    halves = rim[right : left + 1], np.concatenate([rim[left:], rim[: right + 1]])
    sides = [half[np.argsort(half[:, 0])] for half in halves]
    upper = max(sides, key=lambda side: float(side[:, 1].mean()))
    return float(np.interp(x, upper[:, 0], upper[:, 1]))


def _way_forward(crowns, vertices, tissue) -> float:
    """Return how far crowns go along z until one is within the clearance of tissue; at least `_BACKMOST_M`."""
    search = TriangleSearch(vertices, tissue)
    way, at = _BACKMOST_M, crowns + _BACKMOST_M * _FORWARD
    free = _distance(search, vertices, tissue, at)
    within = np.asarray(igl.fast_winding_number(vertices, tissue.astype(np.int64), at)) > 0.5
    if within.any():
        return way
    while way < _FOREMOST_M:
        step = free.min() - _CLEARANCE_M
        if step < _TOLERANCE_M:
            break
        step = min(step, _FOREMOST_M - way)
        way, free = way + step, free - step
        near = np.flatnonzero(free < _CLEARANCE_M + step)
        free[near] = _distance(search, vertices, tissue, crowns[near] + way * _FORWARD)
    return way


def _distance(search: TriangleSearch, vertices, tissue, points) -> Float[np.ndarray, "points"]:
    places = search.nearest(points)
    foot = np.einsum("pk,pkc->pc", places.barycentric, vertices[tissue[places.face]])
    return np.linalg.norm(points - foot, axis=1)

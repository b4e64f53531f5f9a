"""The binding of every vertex of a scan to the point of the registered head that it moves with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Integer

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import PARTS, HeadTopology
from landmark_driver.head_fit.attachment.slit_sides import LOWER, NEITHER, UPPER, Slit, sides_by_way, slit_of
from landmark_driver.head_fit.attachment.surface import Surface

_LIP_ZONE_M, _LID_ZONE_M = 0.016, 0.009
_CLEAR_M = 0.0035
"""At this height above or below the line of a slit, a point is on that side for certain."""
_EYE_REACH_M, _EYE_GAIN_M = 0.002, 0.0005
_EYEBALLS = (PARTS.index("eyeball_left"), PARTS.index("eyeball_right"))
_STEP_M = 0.004
_FADE_M = (0.012, 0.040)
"""Hair and shoulders follow less the farther they are from the head, and not at all from the second on."""


@dataclass(frozen=True)
class ScanBinding:
    """Vertex i moves by `fraction[i] * Σ_k weights[i, k] * motion[corner k of fine_face[i]]`."""

    fine_face: Int[np.ndarray, "vertices"]
    """Triangle of the template's fine mesh."""
    weights: Float[np.ndarray, "vertices 3"]
    """Barycentric weights."""
    fraction: Float[np.ndarray, "vertices"]
    """The fraction of the motion that the vertex follows, 0..1."""
    bridging: Bool[np.ndarray, "faces"]
    """Triangles between the lips, which would stretch over the open mouth."""


def bind_scan(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    topology: HeadTopology,
    head: Float[np.ndarray, "coarse 3"],
    fine: Float[np.ndarray, "fine 3"],
    fine_faces: Int[np.ndarray, "fine_faces 3"],
    fine_part: Integer[np.ndarray, "fine_faces"],
) -> ScanBinding:
    """Bind a scan to a registered head.

    Args:
        vertices: (N, 3) the scan's, metres, head frame.
        faces: (F, 3) the scan's triangles.
        topology: the head's, for the loops of lips and lids.
        head: (V, 3) metres, head frame.
        fine: (W, 3) the head's vertices one step of subdivision finer, metres, head frame.
        fine_faces: (G, 3) triangles of `fine`.
        fine_part: (G,) the part that each fine triangle belongs to, an index into PARTS.

    Returns:
        For each scan vertex a fine triangle, barycentric weights and the fraction that it follows.

    A vertex goes to the closest skin with an agreeing normal, on its own side of mouth and eyes.
    """
    skin = np.flatnonzero(fine_part == 0)
    query = _Query(vertices, vertex_normals(vertices, faces), fine, fine_faces)
    found = query.nearest(np.arange(len(vertices)), skin)
    bridging = np.zeros(len(faces), bool)
    slits = [(topology.lip_loop, _LIP_ZONE_M)] + [(loop, _LID_ZONE_M) for loop in topology.eye_loops]
    for index, (loop, zone_m) in enumerate(slits):
        slit, upper, lower = slit_of(loop, head, zone_m)
        own = _scan_sides(vertices, faces, slit)
        theirs = sides_by_way(fine, fine_faces[skin], upper, lower)
        near = slit.within(fine)[fine_faces[skin]].all(1)
        for side in (UPPER, LOWER):
            rows = np.flatnonzero(own == side)
            other = (theirs[fine_faces[skin]] == -side).any(1) & near
            _replace(found, rows, query.nearest(rows, skin[~other]))
        if index == 0:
            bridging = (own[faces] == UPPER).any(1) & (own[faces] == LOWER).any(1)
            bridging &= _between_lips(vertices, faces, slit)
    for part in _EYEBALLS:
        _bind_to_eyeball(query, found, np.flatnonzero(fine_part == part))
    fraction = np.interp(found.distance, _FADE_M, (1.0, 0.0))
    return ScanBinding(found.face, found.weights, fraction, bridging)


def _bind_to_eyeball(query: _Query, found: _Found, eyeball: Int[np.ndarray, "ball_faces"]) -> None:
    """Bind the vertices that are clearly nearer to an eyeball than to skin, so that a scanned eye turns with it."""
    rows = np.flatnonzero(found.distance > _EYE_GAIN_M)
    if not len(rows):
        return
    better = query.nearest(rows, eyeball)
    taken = (better.distance < _EYE_REACH_M) & (better.distance < found.distance[rows] - _EYE_GAIN_M)
    _replace(found, rows[taken], _Found(better.face[taken], better.weights[taken], better.distance[taken]))


@dataclass
class _Found:
    face: Int[np.ndarray, "rows"]
    weights: Float[np.ndarray, "rows 3"]
    distance: Float[np.ndarray, "rows"]


def _replace(found: _Found, rows, better: _Found) -> None:
    found.face[rows], found.weights[rows] = better.face, better.weights
    found.distance[rows] = better.distance


@dataclass(frozen=True)
class _Query:
    """A search for points of the fine template near scan vertices."""

    vertices: Float[np.ndarray, "vertices 3"]
    normals: Float[np.ndarray, "vertices 3"]
    fine: Float[np.ndarray, "fine 3"]
    fine_faces: Int[np.ndarray, "fine_faces 3"]

    def nearest(self, rows: Int[np.ndarray, "rows"], allowed: Int[np.ndarray, "allowed"]) -> _Found:
        """Return the closest allowed triangle of each row.

        Where it faces away, a triangle near by that faces the same way takes its place, if there is one.
        """
        points, own = self.vertices[rows], self.normals[rows]
        surface = Surface(self.fine, self.fine_faces[allowed])
        found = surface.nearest(points)
        face, weights, distance = allowed[found.face], found.barycentric, found.distance.copy()
        against = np.flatnonzero((surface.normals_at(found) * own).sum(1) < 0)
        if len(against):
            stepped = surface.nearest(points[against] + _STEP_M * own[against])
            agrees = (surface.normals_at(stepped) * own[against]).sum(1) > 0
            taken = against[agrees]
            face[taken], weights[taken] = allowed[stepped.face[agrees]], stepped.barycentric[agrees]
            distance[taken] = np.linalg.norm(stepped.place[agrees] - points[taken], axis=1)
        return _Found(face, weights, distance)


def _scan_sides(vertices, faces, slit: Slit) -> Int[np.ndarray, "vertices"]:
    """Return UPPER or LOWER for the scan's vertices near a slit, NEITHER elsewhere."""
    near = slit.distance(vertices) < 2 * slit.zone_m
    local = np.full(len(vertices), -1)
    kept = np.flatnonzero(near)
    if not len(kept):
        return np.full(len(vertices), NEITHER)
    local[kept] = np.arange(len(kept))
    inside = faces[near[faces].all(1)]
    height = slit.height(vertices[kept])
    outside = vertices[kept, 2] > np.concatenate([slit.upper, slit.lower])[:, 2].min() - 0.002
    above, below = (np.flatnonzero(sign * height > _CLEAR_M) for sign in (1, -1))
    above, below = above[outside[above]], below[outside[below]]
    side = sides_by_way(vertices[kept], local[inside], above, below)
    side = np.where(side == NEITHER, np.where(height > 0, UPPER, LOWER), side)
    result = np.full(len(vertices), NEITHER)
    result[kept] = np.where(slit.within(vertices[kept]), side, NEITHER)
    return result


def _between_lips(vertices, faces, slit: Slit) -> Bool[np.ndarray, "faces"]:
    """Return the triangles whose middle lies between the corners of the slit."""
    x = vertices[faces, 0].mean(1)
    return (x > slit.upper[0, 0]) & (x < slit.upper[-1, 0])

"""The triangulation that all three wraps share: the skin's own, with the ears cut off and bridged.

An ear is cartilage that rides on the head. Its few hundred small triangles, and the skin hidden
behind it, would make thousands of thin prisms that simulate nothing; a patch of about forty
vertices replaces each. Nostrils keep their triangles and are only bridged over in position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import Delaunay

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.identity_model import HeadTopology

_EAR_CENTRE_ZY, _EAR_RADII_ZY = (-0.080, -0.023), (0.0225, 0.0315)
_EAR_ROOT = 1.2
_NOSTRIL_CENTRE_XZ, _NOSTRIL_RADII_XZ, _NOSTRIL_Y = (0.0105, 0.0325), (0.0047, 0.0057), (-0.0515, -0.036)
"""Rules in the default head's coordinates; they hold for every head because they are kept as vertex indices."""

_PATCH_SPACING_M = 0.0065


@dataclass(frozen=True)
class WrapTemplate:
    """The wrap's triangles, and the origin of each wrap vertex."""

    faces: Int[np.ndarray, "faces 3"]
    skin_vertex: Int[np.ndarray, "wrap"]
    """The skin vertex at the same position, -1 for a vertex of an ear's patch."""
    bridged: Bool[np.ndarray, "wrap"]
    """Whether a biharmonic fill places a vertex instead of the skin: ear patches, the ears' roots, nostrils."""
    positions: Float[np.ndarray, "wrap 3"]
    """Metres on the default head: the skin, and the ears' patches flat; not the final positions."""
    lip_loop: Int[np.ndarray, "lip_vertices"]
    eye_loops: tuple[Int[np.ndarray, "_"], Int[np.ndarray, "_"]]
    neck_loop: Int[np.ndarray, "neck_vertices"]

    @property
    def size(self) -> int:
        return len(self.skin_vertex)


def build_wrap_template(topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"]) -> WrapTemplate:
    """Return the wrap triangulation of a topology.

    Args:
        topology: the heads' topology.
        vertices: (V, 3) metres, head frame: its default head.

    Returns:
        The wrap template.
    """
    skin = vertices[topology.vertices_of("skin")]
    faces = topology.faces_of("skin").astype(np.int64)
    assert faces.max() < len(skin), "the skin's vertices come first"
    in_ear = ear_vertices(skin)
    kept_faces = faces[~in_ear[faces].any(1)]
    kept = np.unique(kept_faces)
    row = np.full(len(skin), -1)
    row[kept] = np.arange(len(kept))
    faces_out, positions = [row[kept_faces]], [skin[kept]]
    named = {*topology.lip_loop, *topology.neck_loop, *topology.eye_loops[0], *topology.eye_loops[1]}
    for loop in boundary_loops(row[kept_faces]):
        if not named.intersection(kept[loop]):
            start = sum(map(len, positions))
            patch_faces, patch_positions = _ear_patch(loop, skin[kept], start)
            faces_out.append(patch_faces)
            positions.append(patch_positions)
    points = np.concatenate(positions)
    skin_vertex = np.concatenate([kept, np.full(len(points) - len(kept), -1)])
    left, right = (row[loop] for loop in topology.eye_loops)
    return WrapTemplate(
        faces=np.concatenate(faces_out),
        skin_vertex=skin_vertex,
        bridged=(skin_vertex < 0) | _in_nostril(points) | _near_ear(points, _EAR_ROOT),
        positions=points,
        lip_loop=row[topology.lip_loop],
        eye_loops=(left, right),
        neck_loop=row[topology.neck_loop],
    )


def ear_vertices(skin: Float[np.ndarray, "skin 3"]) -> Bool[np.ndarray, "skin"]:
    """Return the mask of both ears with the skin hidden behind them, an ellipse in the side view.

    Args:
        skin: (S, 3) metres, head frame, of the default head.

    Returns:
        (S,) true on an ear.
    """
    return _near_ear(skin, 1.0)


def _near_ear(points: Float[np.ndarray, "points 3"], reach: float) -> Bool[np.ndarray, "points"]:
    away = (points[:, [2, 1]] - _EAR_CENTRE_ZY) / _EAR_RADII_ZY
    return ((away**2).sum(1) < reach**2) & (np.abs(points[:, 0]) > 0.03)


def _in_nostril(points: Float[np.ndarray, "points 3"]) -> Bool[np.ndarray, "points"]:
    away = (np.abs(points[:, [0, 2]]) - _NOSTRIL_CENTRE_XZ) / _NOSTRIL_RADII_XZ
    low, high = _NOSTRIL_Y
    in_front = points[:, 2] > 0
    return ((away**2).sum(1) < 1) & (points[:, 1] > low) & (points[:, 1] < high) & in_front


def _ear_patch(
    loop: Int[np.ndarray, "loop"], points: Float[np.ndarray, "points 3"], start: int
) -> tuple[Int[np.ndarray, "faces 3"], Float[np.ndarray, "inner 3"]]:
    """Return triangles that close the hole `loop` (in its triangles' orientation) with new vertices from `start` on.

    The jagged rim is laid on an ellipse first: the edges of a convex polygon survive a Delaunay triangulation.
    """
    jagged = points[loop][:, [2, 1]]
    rim = _laid_on_ellipse(jagged)
    grid = _hexagonal_grid(np.ptp(rim, axis=0).max() / 2) + rim.mean(0)
    inner = grid[_inside(rim, grid) & (_distance_to_polygon(rim, grid) > 0.6 * _PATCH_SPACING_M)]
    triangles = Delaunay(np.concatenate([rim, inner])).simplices
    index = np.concatenate([loop, start + np.arange(len(inner))])
    depth = points[loop, 0].mean()
    return _oriented_against(index[triangles], loop), np.stack(
        [np.full(len(inner), depth), inner[:, 1], inner[:, 0]], 1
    )


def _laid_on_ellipse(polygon: Float[np.ndarray, "corners 2"]) -> Float[np.ndarray, "corners 2"]:
    """Return the corners on an ellipse of the polygon's size, spaced as along its perimeter."""
    lengths = np.linalg.norm(np.roll(polygon, -1, 0) - polygon, axis=1)
    centre, radii = (polygon.min(0) + polygon.max(0)) / 2, np.ptp(polygon, axis=0) / 2
    area = (polygon[:, 0] * np.roll(polygon[:, 1], -1) - polygon[:, 1] * np.roll(polygon[:, 0], -1)).sum()
    turn = np.sign(area) * 2 * np.pi * np.concatenate([[0], np.cumsum(lengths)[:-1]]) / lengths.sum()
    start = np.arctan2(*((polygon[0] - centre) / radii)[::-1])
    return centre + radii * np.stack([np.cos(start + turn), np.sin(start + turn)], 1)


def _hexagonal_grid(radius: float) -> Float[np.ndarray, "points 2"]:
    count = int(radius / _PATCH_SPACING_M) + 2
    rows, columns = np.mgrid[-count : count + 1, -count : count + 1]
    return _PATCH_SPACING_M * np.stack([columns + 0.5 * (rows % 2), rows * np.sqrt(3) / 2], -1).reshape(-1, 2)


def _inside(
    polygon: Float[np.ndarray, "corners 2"], points: Float[np.ndarray, "points 2"]
) -> Bool[np.ndarray, "points"]:
    """Return the mask of points in the polygon (crossing rule)."""
    a, b = polygon, np.roll(polygon, -1, 0)
    x, y = points[:, None, 0], points[:, None, 1]
    crosses = (a[:, 1] > y) != (b[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return (crosses & (x < at)).sum(1) % 2 == 1


def _distance_to_polygon(
    polygon: Float[np.ndarray, "corners 2"], points: Float[np.ndarray, "points 2"]
) -> Float[np.ndarray, "points"]:
    a, along = polygon, np.roll(polygon, -1, 0) - polygon
    offset = points[:, None] - a
    fraction = np.clip((offset * along).sum(-1) / (along**2).sum(-1), 0, 1)
    return np.linalg.norm(offset - fraction[..., None] * along, axis=-1).min(1)


def _oriented_against(
    faces: Int[np.ndarray, "faces 3"], loop: Int[np.ndarray, "loop"]
) -> Int[np.ndarray, "faces 3"]:
    """Return the faces turned so that they meet the loop's own triangles consistently, edge by edge."""
    backwards = set(zip(np.roll(loop, -1).tolist(), loop.tolist(), strict=True))
    edges = {(int(f[k]), int(f[(k + 1) % 3])) for f in faces for k in range(3)}
    if not backwards <= edges:
        faces = faces[:, ::-1]
        edges = {(b, a) for a, b in edges}
    assert backwards <= edges, "the patch meets every edge of the hole"
    return faces

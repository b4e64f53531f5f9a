"""A scan made ready for pictures: coarse enough to draw often, coloured, about as large as a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.fill_holes import filled, smoothed
from landmark_driver.head_fit.scan_files.scan import CleanScan, Scan

_MOST_FACES = 60_000
_SMOOTHINGS = 3
_SKIN = np.array([0.62, 0.36, 0.26])
"""Linear RGB of a scan without colour: the detector knows skin better than plaster."""


@dataclass(frozen=True)
class DraftMesh:
    """Vertices in the scan's own unit and frame; colours are linear RGB."""

    vertices: Float[np.ndarray, "draft 3"]
    faces: Int[np.ndarray, "draft_faces 3"]
    colors: Float[np.ndarray, "draft 3"]


def draft_mesh(scan: Scan, clean: CleanScan, plain: bool = False) -> DraftMesh:
    """The clean scan with its colours, or all skin if `plain`; large ones with vertices merged cell by cell."""
    own = scan.vertex_colors()
    colors = np.broadcast_to(_SKIN, clean.vertices.shape).copy()
    if own is not None and not plain:
        kept = clean.clean_vertex >= 0
        colors[clean.clean_vertex[kept]] = own[kept] ** 2.2
    mesh = clean.vertices, clean.faces, colors
    cell = np.ptp(clean.vertices, axis=0).max() / 400
    while len(mesh[1]) > _MOST_FACES:
        mesh = merge_cells(clean.vertices, clean.faces, colors, cell)
        cell *= 1.3
    return _even(*mesh)


def _even(vertices, faces, colors) -> DraftMesh:
    """Without holes and noise, which show as features where there are none."""
    used, local = np.unique(faces, return_inverse=True)
    whole, faces, colors = filled(vertices[used], local.reshape(-1, 3).astype(np.int32), colors[used])
    return DraftMesh(smoothed(whole, faces, _SMOOTHINGS), faces, colors)


def merge_cells(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    colors: Float[np.ndarray, "vertices 3"],
    cell: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices of one grid cell become their mean; triangles that collapse go."""
    grid = np.floor((vertices - vertices.min(0)) / cell).astype(np.int64)
    _, label, count = np.unique(grid, axis=0, return_inverse=True, return_counts=True)
    label = label.ravel()
    mean = [np.stack([np.bincount(label, column) for column in rows.T], 1) for rows in (vertices, colors)]
    corners = label[faces]
    a, b, c = corners.T
    corners = corners[(a != b) & (b != c) & (c != a)]
    corners = corners[np.unique(np.sort(corners, axis=1), axis=0, return_index=True)[1]]
    return mean[0] / count[:, None], corners.astype(np.int32), mean[1] / count[:, None]

"""A scan made ready for pictures: coarse enough to draw often, whole, smooth and coloured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.fill_holes import filled, smoothed
from landmark_driver.head_fit.scan_files.scan import CleanScan, Scan

_MOST_FACES = 60_000
_SMOOTHINGS = 3
_SKIN = np.array([0.62, 0.36, 0.26])
"""Linear RGB of a scan without colour: the detector finds faces of skin more often than of plaster."""


@dataclass(frozen=True)
class DraftMesh:
    """Vertices in the scan's own unit and frame; colours are linear RGB."""

    vertices: Float[np.ndarray, "draft 3"]
    faces: Int[np.ndarray, "draft_faces 3"]
    colors: Float[np.ndarray, "draft 3"]


def draft_mesh(scan: Scan, clean: CleanScan, plain: bool = False) -> DraftMesh:
    """Return the clean scan as a mesh that is drawn quickly, with holes filled and noise smoothed.

    Args:
        scan: gives the colours.
        clean: its repaired copy.
        plain: True for the colour of skin everywhere.

    Returns:
        At most about 60,000 triangles, in the scan's unit and frame, with linear RGB in 0..1.

    Vertices of larger scans are merged cell by cell.
    """
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
    """Return the mesh without holes and noise, which show as features where there are none."""
    used, local = np.unique(faces, return_inverse=True)
    whole, faces, colors = filled(vertices[used], local.reshape(-1, 3).astype(np.int32), colors[used])
    return DraftMesh(smoothed(whole, faces, _SMOOTHINGS), faces, colors)


def merge_cells(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    colors: Float[np.ndarray, "vertices 3"],
    cell: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a mesh with the vertices of each grid cell merged into their mean.

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) triangles.
        colors: (V, 3) values that are averaged too.
        cell: the cell's edge, in the vertices' unit.

    Returns:
        (W, 3) vertices, (G, 3) triangles, (W, 3) colours. Triangles that collapse or repeat are left out.
    """
    grid = np.floor((vertices - vertices.min(0)) / cell).astype(np.int64)
    _, label, count = np.unique(grid, axis=0, return_inverse=True, return_counts=True)
    label = label.ravel()
    mean = [np.stack([np.bincount(label, column) for column in rows.T], 1) for rows in (vertices, colors)]
    corners = label[faces]
    a, b, c = corners.T
    corners = corners[(a != b) & (b != c) & (c != a)]
    corners = corners[np.unique(np.sort(corners, axis=1), axis=0, return_index=True)[1]]
    return mean[0] / count[:, None], corners.astype(np.int32), mean[1] / count[:, None]

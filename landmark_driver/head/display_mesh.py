"""The mesh that shows a scan: never more vertices than a browser can take anew every frame.

Large scans are shown with the vertices of each cell of a grid merged, coarse ones with a texture once halved, so
that more of the texture is seen. Drivers move and files keep the scan itself, never this mesh.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int, UInt8

from landmark_driver.geometry.subdivision import Subdivision
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture

MOST_VERTICES = 60_000
_COARSER = 1.12
_TOGETHER_M = 0.003
"""Vertices of one cell stay apart if the opening jaw moves them by more than about this differently: lips."""
_HALVES = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]])
_MOST_GROWTH = 4.2
"""Growth of the number of vertices: halving makes one of every edge, and there are about three edges a vertex."""

Shown = tuple[Subdivision, UInt8[np.ndarray, "shown 3"], UInt8[np.ndarray, "shown_faces"]]
"""The shown vertices from the moved ones, their colours in sRGB, and the part of every shown triangle."""


def shown_scan(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    face_part: UInt8[np.ndarray, "faces"],
    colors: UInt8[np.ndarray, "vertices 3"],
    texture: ScanTexture | None,
    jaw_open: Float[np.ndarray, "vertices 3"],
) -> Shown:
    """Build the mesh that shows a scan, with at most `MOST_VERTICES` vertices.

    Args:
        vertices: (V, 3) metres, the neutral scan.
        faces: (F, 3) vertex indices.
        face_part: (F,) index into `PARTS` for every triangle.
        colors: (V, 3) sRGB in 0..255.
        texture: pictures on `faces`; None for none.
        jaw_open: (V, 3) metres, the motion by jawOpen at weight one, which keeps the lips apart.

    Returns:
        The operator (S, V) from scan vertices to shown ones with the shown triangles (G, 3), colours (S, 3) sRGB in
        0..255, and parts (G,).
    """
    if len(vertices) > MOST_VERTICES:
        return _merged(vertices, faces, face_part, colors, jaw_open)
    if texture is not None and _MOST_GROWTH * len(vertices) < MOST_VERTICES:
        return _halved(faces, face_part, colors, texture)
    same = sparse.csr_matrix(sparse.identity(len(vertices)), dtype=np.float32)
    return Subdivision(same, faces), colors, face_part


def _merged(vertices, faces, face_part, colors, jaw_open) -> Shown:
    """Return one vertex for each cell, at the mean of the cell's vertices; the smallest cells that are few enough."""
    motion = np.round(jaw_open / _TOGETHER_M).astype(np.int64)
    cell_m = 0.001
    while True:
        grid = np.floor((vertices - vertices.min(0)) / cell_m).astype(np.int64)
        cells, label = np.unique(np.concatenate([grid, motion], 1), axis=0, return_inverse=True)
        if len(cells) <= MOST_VERTICES:
            break
        cell_m *= _COARSER
    label = label.ravel()
    fraction = (1 / np.bincount(label))[label]
    mean = sparse.csr_matrix(
        (fraction.astype(np.float32), (label, np.arange(len(label)))), shape=(len(cells), len(label))
    )
    corners = label[faces]
    kept = np.flatnonzero((corners != np.roll(corners, 1, axis=1)).all(1))
    first = np.unique(np.sort(corners[kept], axis=1), axis=0, return_index=True)[1]
    kept = np.sort(kept[first])
    shown = np.round(mean @ colors.astype(float)).astype(np.uint8)
    return Subdivision(mean, corners[kept].astype(np.int32)), shown, face_part[kept]


def _halved(faces, face_part, colors, texture: ScanTexture) -> Shown:
    """Return the mesh with a vertex in the middle of every edge, whose colour is the texture's there."""
    count = len(colors)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    ends, edge = np.unique(edges, axis=0, return_inverse=True)
    edge = edge.reshape(-1, 3)
    rows = np.repeat(np.arange(len(ends)), 2)
    halves = sparse.csr_matrix((np.full(rows.size, 0.5), (rows, ends.ravel())), shape=(len(ends), count))
    operator = sparse.csr_matrix(sparse.vstack([sparse.identity(count), halves]), dtype=np.float32)
    middle = halves @ colors.astype(float)
    pictured = texture.face_picture != NO_PICTURE
    middle[edge[pictured].ravel()] = 255 * texture.sample(_HALVES)[pictured].reshape(-1, 3)
    a, b, c = faces.T
    ab, bc, ca = (count + edge[:, side] for side in range(3))
    fine = np.stack([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]).transpose(2, 0, 1).reshape(-1, 3)
    shown = np.concatenate([colors, np.round(middle).astype(np.uint8)])
    return Subdivision(operator, fine.astype(np.int32)), shown, np.repeat(face_part, 4)

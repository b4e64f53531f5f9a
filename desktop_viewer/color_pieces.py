"""A mesh of many colours cut into meshes of one colour each, the only kind that the viewer can move.

The colours are the means of boxes cut through colour space (median cut's way, at the mean). Every piece has a
rim: the triangles around it, their far corners sunk below the surface where nobody sees them. So the normals
that the browser makes of a piece are those of the whole, and no seam shows in the shading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

COUNTS = (64, 48, 32, 24, 16, 12, 8, 4, 2, 1)
"""Numbers of pieces in the order of their trial: the first wins whose vertices, rims included, are few enough to be
sent every frame."""
MOST_VERTICES = 150_000
_HUE_WEIGHT = 1.5
"""Lips differ from skin in hue more than in light, and shadows the other way round; lips matter more."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_SMOOTHINGS = 1
"""Colours are averaged over neighbours this often before triangles are sorted, or noise makes crumbs of them."""
_SUNK_M = 0.00006


@dataclass(frozen=True)
class ColorPiece:
    """A mesh of one colour out of the shown one.

    `color` is 8-bit sRGB, `rows` are the shown mesh's vertices, `faces` count in `rows`, and `lift` is in metres.
    """

    name: str
    color: tuple[int, int, int]
    rows: Int[np.ndarray, "rows"]
    faces: Int[np.ndarray, "faces 3"]
    lift: Float[np.ndarray, "rows 3"]
    opacity: float | None = None

    def place(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "rows 3"]:
        """Return the piece's vertices for a pose of the shown mesh.

        Args:
            vertices: (V, 3) metres, head frame, of the shown mesh.

        Returns:
            (R, 3) metres, head frame.
        """
        return vertices[self.rows] + self.lift


def color_pieces(
    name: str,
    faces: Int[np.ndarray, "faces 3"],
    colors: Float[np.ndarray, "vertices 3"],
    normals: Float[np.ndarray, "vertices 3"],
    counts: tuple[int, ...] = COUNTS,
) -> list[ColorPiece]:
    """Return the triangles in pieces of one colour each.

    Args:
        name: the beginning of the pieces' names.
        faces: (F, 3) triangles of the shown mesh.
        colors: (V, 3) colours of its vertices, sRGB in 0..255.
        normals: (V, 3) unit normals of its vertices, head frame.
        counts: numbers of pieces to try, the largest first.

    Returns:
        The pieces of the first count with at most `MOST_VERTICES` vertices in all, else those of the last count.

    Where colours change from triangle to triangle, pieces are crumbs with long rims; then there are fewer.
    """
    shown = _smoothed(colors, faces)[faces].mean(1)
    pieces: list[ColorPiece] = []
    for count in counts:
        pieces = _pieces(name, faces, colors, normals, color_labels(_seen(shown), count))
        if sum(len(piece.rows) for piece in pieces) <= MOST_VERTICES:
            break
    return pieces


def _pieces(name, faces, colors, normals, label: Int[np.ndarray, "faces"]) -> list[ColorPiece]:
    around = _faces_around(faces, len(colors))
    pieces = []
    for number in range(label.max() + 1):
        own = label == number
        red, green, blue = (round(float(value)) for value in colors[faces[own]].mean((0, 1)))
        pieces.append(_piece(f"{name}_{number}", (red, green, blue), faces, own, around, normals))
    return pieces


def color_labels(colors: Float[np.ndarray, "points 3"], count: int) -> Int[np.ndarray, "points"]:
    """Return groups of similar colours: the one with the largest spread is halved, again and again.

    Args:
        colors: (P, 3) points of a colour space.
        count: largest number of groups.

    Returns:
        (P,) group of each colour, from 0; fewer groups than `count` where colours repeat.

    Spread is the sum of squared distances from the mean; a group is cut across its widest direction, at the mean.
    """
    label = np.zeros(len(colors), np.int64)
    spread = [_spread(colors)]
    while len(spread) < count and max(spread) > 0:
        widest = int(np.argmax(spread))
        rows = np.flatnonzero(label == widest)
        off = colors[rows] - colors[rows].mean(0)
        direction = np.linalg.eigh(off.T @ off)[1][:, -1]
        label[rows[off @ direction > 0]] = len(spread)
        spread[widest] = _spread(colors[label == widest])
        spread.append(_spread(colors[label == len(spread)]))
    return label


def _seen(colors: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    """Return light, and the excess of red and of blue over it, weighted by how noticeable they are."""
    light = colors @ _LUMA
    return np.stack([light, *(_HUE_WEIGHT * (colors[:, band] - light) for band in (0, 2))], 1)


def _spread(colors: np.ndarray) -> float:
    """Return the sum of squared distances from the mean; rounding counts as no spread."""
    spread = float(((colors - colors.mean(0)) ** 2).sum())
    return spread if spread > 1e-6 * len(colors) else 0.0


def _smoothed(colors, faces) -> Float[np.ndarray, "vertices 3"]:
    """Return every colour as the mean of itself and its neighbours'."""
    rows, columns = faces[:, [0, 1, 2, 1, 2, 0]].ravel(), faces[:, [1, 2, 0, 0, 1, 2]].ravel()
    shape = (len(colors), len(colors))
    near = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    near.data[:] = 1.0
    near = near + sparse.identity(len(colors), format="csr")
    total = np.asarray(near.sum(1))
    for _ in range(_SMOOTHINGS):
        colors = (near @ colors) / total
    return colors


def _faces_around(faces, count: int) -> sparse.csr_matrix:
    """Return the triangles of each vertex as a sparse matrix, (F, V)."""
    triangle = np.repeat(np.arange(len(faces)), 3)
    return sparse.csr_matrix((np.ones(faces.size), (triangle, faces.ravel())), shape=(len(faces), count))


def _piece(name, color, faces, own, around, normals) -> ColorPiece:
    mine = np.zeros(len(normals), bool)
    mine[faces[own].ravel()] = True
    corners = np.asarray(around @ mine.astype(float))
    rim = (corners > 0) & (corners < 3) & ~own  # one with all corners in the piece would hide another piece
    rows, local = np.unique(faces[own | rim], return_inverse=True)
    lift = np.where(mine[rows][:, None], 0.0, -_SUNK_M * normals[rows]).astype(np.float32)
    return ColorPiece(name, color, rows, local.reshape(-1, 3).astype(np.int32), lift)

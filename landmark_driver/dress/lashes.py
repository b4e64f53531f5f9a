"""Lashes as strips along the lids' edges, which turn with the lids about the eyeball.

A lid's edge v turns about the eyeball's centre c. A point beside it, v + a r + b t with r = (v - c)/|v - c|, has a along the
turning direction exactly in c + (1 + a/|v - c|) (v - c); b t, the curl, keeps its direction. The corners of the eye, which
hardly move, stand for c in the operator, so that its rows sum to one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.head.head import Head
from landmark_driver.head.identity_model import PARTS

_FOLDER = Path(__file__).parents[1] / "assets" / "wardrobe"
_COLUMNS, _ROWS = 33, 5
_LENGTH_M = {"upper": 0.0085, "lower": 0.0050}
_OUT_M = 0.0002
"""Roots lie this far out from the lid's edge."""
_EDGE_RING = 3
"""The lids' front edges are as many edges away from where their skin ends inside the socket."""
_SHARE = np.linspace(0, 1, _ROWS)
"""How far out along a hair each row of vertices is."""
_ALONG, _CURL, _FAN = 0.86, 0.50, 0.30
"""Parts of a hair's length along the gaze, across it, and towards the outer corner."""


def lash_picture_path(name: str) -> Path:
    """Return the file of a picture of lashes.

    Args:
        name: in the wardrobe.

    Returns:
        The path of a PNG file.
    """
    return _FOLDER / f"lashes_{name}.png"


def lash_pieces(head: Head, name: str) -> tuple[Piece, ...]:
    """Return the lashes of a head.

    Args:
        head: its lids carry them.
        name: of a picture in the wardrobe.

    Returns:
        All four lids' lashes as one piece.
    """
    neutral = head.neutral_vertices.astype(float)
    finer = loop_subdivision(head.faces, len(neutral))
    strips = [
        _strip(neutral, finer.operator, edge, centre, side)
        for edge, centre in _lid_edges(head, neutral)
        for side in ("upper", "lower")
    ]
    count = _COLUMNS * _ROWS
    faces = np.concatenate([_faces() + number * count for number in range(len(strips))])
    material = Material(
        "lashes",
        roughness=0.7,
        color_picture=lash_picture_path(name).read_bytes(),
        alpha="blend",
        double_sided=True,
    )
    return (
        Piece(
            "lashes",
            np.concatenate([points for points, _, _ in strips]).astype(np.float32),
            faces.astype(np.int32),
            sparse.csr_matrix(sparse.vstack([rows for _, rows, _ in strips]), dtype=np.float32),
            np.concatenate([coordinates for _, _, coordinates in strips]).astype(np.float32),
            material,
        ),
    )


def _lid_edges(
    head: Head, neutral: Float[np.ndarray, "vertices 3"]
) -> list[tuple[Int[np.ndarray, "edge"], Float[np.ndarray, "3"]]]:
    """Return the vertices along the front edges of the lids in order about the eye, and the eyeball's centre, left and right."""
    skin = head.faces[head.face_part == PARTS.index("skin")]
    edges = []
    for side, centre in zip(("left", "right"), head.eye_centres.astype(float), strict=True):
        inside = head.faces[head.face_part == PARTS.index(f"eye_cavity_{side}")]
        edge = _ring(skin, np.unique(inside), _EDGE_RING)
        away = neutral[edge] - centre
        edges.append((edge[np.argsort(np.arctan2(away[:, 1], away[:, 0]))], centre))
    return edges


def _ring(faces, start: Int[np.ndarray, "start"], steps: int) -> Int[np.ndarray, "ring"]:
    """Return the vertices of triangles that are some edges away from the nearest of `start`."""
    reached = np.zeros(int(faces.max()) + 1, bool)
    reached[start[start < len(reached)]] = True
    before = reached
    for _ in range(steps):
        before = reached.copy()
        reached[faces[reached[faces].any(1)]] = True
    return np.flatnonzero(reached & ~before)


def _strip(
    neutral, operator: sparse.csr_matrix, edge: Int[np.ndarray, "edge"], centre: np.ndarray, side: str
) -> tuple[np.ndarray, sparse.csr_matrix, np.ndarray]:
    """Return one lid's vertices, row by row of hairs from the inner corner, their operator and coordinates."""
    places = operator[edge] @ neutral
    inner, outer = _corners(places)
    arc = _arc(places, inner, outer, upper=side == "upper")
    weights = _resampled(places[arc], len(places), arc)
    lid = sparse.csr_matrix(weights @ operator[edge])
    roots = weights @ places
    radial = roots - centre
    radius = np.linalg.norm(radial, axis=1, keepdims=True)
    radial /= radius
    across = np.array([0, 1.0 if side == "upper" else -1.0, 0]) - 0.0
    across = across - radial * (radial @ across)[:, None]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    outwards = np.sign(places[outer, 0] - places[inner, 0]) * np.array([1.0, 0, 0])
    along = np.linspace(0, 1, len(roots))[:, None]
    length = _LENGTH_M[side] * (0.45 + 0.55 * np.sin(np.pi * np.clip(along, 0.02, 0.86) / 1.25))
    fan = _FAN * (along - 0.35) * (outwards - radial * (radial @ outwards)[:, None])
    middle = sparse.csr_matrix(0.5 * (operator[edge[inner]] + operator[edge[outer]]))
    points, rows = [], []
    for share in _SHARE:
        ahead = _OUT_M + _ALONG * share * length * (1 - 0.35 * share)
        points.append(roots + ahead * radial + length * (share * fan + _CURL * share**1.7 * across))
        further = (ahead / radius).ravel()
        rows.append(sparse.diags(1 + further) @ lid - sparse.csr_matrix(further[:, None]) @ middle)
    top, bottom = (1.0, 0.5) if side == "upper" else (0.5, 0.0)
    v = top + (bottom - top) * _SHARE
    u = np.broadcast_to(along.ravel(), (_ROWS, _COLUMNS))
    coordinates = np.stack([u, np.broadcast_to(v[:, None], u.shape)], -1).reshape(-1, 2)
    return np.concatenate(points), sparse.csr_matrix(sparse.vstack(rows)), coordinates


def _corners(places: Float[np.ndarray, "edge 3"]) -> tuple[int, int]:
    """Return the numbers of the inner and the outer corner of an eye."""
    lowest, highest = int(places[:, 0].argmin()), int(places[:, 0].argmax())
    return (lowest, highest) if places[:, 0].mean() > 0 else (highest, lowest)


def _arc(places, inner: int, outer: int, upper: bool) -> Int[np.ndarray, "arc"]:
    """Return the numbers along one lid from the inner to the outer corner."""
    count = len(places)
    ways = [(inner + step * np.arange((step * (outer - inner)) % count + 1)) % count for step in (1, -1)]
    return max(ways, key=lambda way: places[way, 1].mean() * (1 if upper else -1))


def _resampled(arc_places, count: int, arc: Int[np.ndarray, "arc"]) -> sparse.csr_matrix:
    """Return the operator from an edge's vertices to evenly spaced points along one lid, away from its very corners."""
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(arc_places, axis=0), axis=1))])
    wanted = np.linspace(0.06, 0.985, _COLUMNS) * way[-1]
    after = np.clip(np.searchsorted(way, wanted), 1, len(arc) - 1)
    share = (wanted - way[after - 1]) / (way[after] - way[after - 1])
    rows = np.tile(np.arange(_COLUMNS), 2)
    columns = np.concatenate([arc[after - 1], arc[after]])
    return sparse.csr_matrix((np.concatenate([1 - share, share]), (rows, columns)), (_COLUMNS, count))


def _faces() -> Int[np.ndarray, "faces 3"]:
    number = np.arange(_ROWS * _COLUMNS).reshape(_ROWS, _COLUMNS)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    return np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])

"""What the phone's page draws, as arrays: the shown head or scan and everything that it wears, grouped by material."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int, UInt8, UInt16
from scipy.spatial import KDTree

from landmark_driver.character import Character
from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.piece_colors import piece_colors
from landmark_driver.head.head_mesh import HeadMesh
from landmark_driver.head.identity_model import PARTS
from landmark_driver.head.scan_texture import subdivided

Arrays = dict[str, np.ndarray]

_SURFACES = {
    "skin": ("skin",),
    "mouth": ("mouth_cavity",),
    "sockets": ("eye_cavity_left", "eye_cavity_right"),
    "tongue": ("tongue",),
    "teeth": ("teeth_upper", "teeth_lower"),
    "eyes": ("eyeball_left", "eyeball_right"),
}
"""The head's surfaces by the name of their material."""
_PICTURES = ("color_picture", "normal_picture", "roughness_picture")
_COARSE_PIECES = ("crowns_upper", "crowns_lower", "gums", "eye_left", "eye_right", "brows", "lashes")
"""Worn where triangles are dear: no shirt, no hair."""
_LEVELS = 2**16 - 1
_SAME_M = 2e-6
"""Rows of the skin that lie as close are one place."""


@dataclass(frozen=True)
class _Surface:
    """Triangles of one material."""

    material: Material
    faces: Int[np.ndarray, "faces 3"]
    """Rows of all that is shown."""
    coordinates: Float[np.ndarray, "faces 3 2"]


def shown_surface(
    character: Character, neutral_offset: Float[np.ndarray, "vertices 3"] | None
) -> tuple[Arrays, dict[str, str]]:
    """Return what is drawn of a character, as a linear function of its driven vertices.

    Args:
        character: its mesh and its pieces are drawn.
        neutral_offset: (V, 3) metres by which the driver moves a neutral head; None for nowhere.

    Returns:
        Arrays by name (`phone_file.py` lists them), and entries of the file's header.
    """
    mesh, pieces = character.mesh, character.pieces
    motion = mesh.display_motion(neutral_offset)
    starts = np.cumsum([len(motion.base), *(len(piece.vertices) for piece in pieces)])
    surfaces = _of_mesh(character) + [
        _Surface(piece.material, piece.faces + start, piece.coordinates[piece.faces])
        for piece, start in zip(pieces, starts, strict=False)
    ]
    base = np.concatenate([motion.base, *(piece.vertices for piece in pieces)])
    faces, coordinates, copies = _drawn_once(_joined(surfaces, base), int(starts[-1]))
    operator = sparse.csr_matrix(sparse.vstack([motion.operator, *(_on_head(character, p) for p in pieces)]))
    pictures, materials = _materials([surface.material for surface in surfaces])
    ends = np.cumsum([len(surface.faces) for surface in surfaces]).astype(np.uint32)
    arrays = {
        "shown.base": base,
        "shown.reference": motion.reference,
        "shown.starts": operator.indptr.astype(np.uint32),
        "shown.columns": smallest_index(operator.indices),
        "shown.values": operator.data.astype(np.float32),
        "shown.colors": np.concatenate([mesh.display_colors, *(_srgb(piece_colors(p)) for p in pieces)]),
        "shown.faces": smallest_index(faces),
        "shown.ends": ends,
        "shown.coordinates": coordinates,
        "shown.copies": smallest_index(copies),
    }
    if mesh.smooth:
        arrays |= _coarse(character, surfaces, len(motion.base))
    return arrays | pictures, {"materials": json.dumps(materials)}


def _of_mesh(character: Character) -> list[_Surface]:
    """Return the head's or scan's own surfaces; pictures are shown on heads, whose shown triangles lie in their own."""
    mesh = character.mesh
    pictured = mesh.texture is not None and mesh.smooth
    coordinates = np.zeros((len(mesh.display.faces), 3, 2))
    if mesh.texture is not None and mesh.smooth:
        coordinates = subdivided(mesh.texture.coordinates)
    surfaces = []
    for name, parts in _SURFACES.items():
        rows = np.isin(mesh.display_part, [PARTS.index(part) for part in parts])
        if rows.any():
            material = Material(name, double_sided=True)
            if pictured and coordinates[rows].any():
                whole = character.materials[0]
                material = whole if name == "skin" else replace(material, color_picture=whole.color_picture)
            surfaces.append(_Surface(material, mesh.display.faces[rows], coordinates[rows]))
    return surfaces


def _on_head(character: Character, piece: Piece) -> sparse.csr_matrix:
    """Return a piece's operator with a column for each of the driven head's vertices."""
    if isinstance(character.mesh, HeadMesh):
        return piece.operator
    assert character.scan is not None
    added, count = character.scan.added_vertices, len(character.scan.vertices)
    entries = piece.operator.tocoo()
    columns = added[entries.col - count]
    shape = (len(piece.vertices), len(character.head.neutral_vertices))
    return sparse.csr_matrix((entries.data, (entries.row, columns)), shape)


def _joined(surfaces: list[_Surface], base: Float[np.ndarray, "rows 3"]) -> list[_Surface]:
    """Return the surfaces with one row for each place of the skin, so that light runs on over edges and seams."""
    rows = np.unique(np.concatenate([s.faces.ravel() for s in surfaces if s.material.name == "skin"]))
    same = KDTree(base[rows]).query_pairs(_SAME_M, output_type="ndarray")
    first = np.arange(len(base))
    np.minimum.at(first, rows[same[:, 1]], rows[same[:, 0]])
    return [
        replace(surface, faces=first[surface.faces]) if surface.material.name == "skin" else surface
        for surface in surfaces
    ]


def _drawn_once(
    surfaces: list[_Surface], count: int
) -> tuple[Int[np.ndarray, "faces 3"], UInt16[np.ndarray, "drawn 2"], Int[np.ndarray, "copies"]]:
    """Split vertices at the seams of pictures: a row keeps its first coordinates, its copies follow all rows.

    Returns:
        Triangles of rows and copies, coordinates of both, and the row that each copy is of.
    """
    faces = np.concatenate([surface.faces for surface in surfaces])
    levels = np.concatenate([surface.coordinates for surface in surfaces])
    levels = np.round(np.clip(levels, 0, 1) * _LEVELS).astype(np.int64)
    corners = (faces.ravel().astype(np.int64) << 32) + (levels[..., 0].ravel() << 16) + levels[..., 1].ravel()
    kinds, place = np.unique(corners, return_inverse=True)
    rows = kinds >> 32
    first = np.concatenate([[True], rows[1:] != rows[:-1]])
    number = np.where(first, rows, count + np.cumsum(~first) - 1)
    coordinates = np.zeros((count + np.count_nonzero(~first), 2), np.uint16)
    coordinates[number] = np.stack([(kinds >> 16) & _LEVELS, kinds & _LEVELS], 1)
    return number[place].reshape(-1, 3), coordinates, rows[~first]


def _coarse(character: Character, surfaces: list[_Surface], head_rows: int) -> Arrays:
    """Return the triangles of the driven vertices themselves, then those of the pieces that few triangles show."""
    mesh = character.mesh
    pieces = [piece for piece in character.pieces if piece.name in _COARSE_PIECES]
    assert pieces == list(character.pieces[: len(pieces)]), "what is left out coarsely is worn last"
    end = head_rows + sum(len(piece.vertices) for piece in pieces)
    faces = []
    for surface in surfaces:
        last = int(surface.faces.max(initial=0))
        if last < head_rows:
            parts = [PARTS.index(part) for part in _SURFACES[surface.material.name]]
            faces.append(mesh.faces[np.isin(mesh.face_part, parts)])
        elif last < end:
            faces.append(surface.faces - head_rows + len(mesh.neutral_vertices))
        else:
            faces.append(np.zeros((0, 3), int))
    return {
        "coarse.faces": smallest_index(np.concatenate(faces)),
        "coarse.ends": np.cumsum([len(rows) for rows in faces]).astype(np.uint32),
        "coarse.pieces": np.array([head_rows, end], np.uint32),
    }


def _materials(materials: list[Material]) -> tuple[Arrays, list[dict]]:
    """Return each picture once, and the materials with the pictures' numbers in place of their bytes."""
    pictures: dict[bytes, int] = {}
    described = []
    for material in materials:
        entry = {key: value for key, value in asdict(material).items() if key not in _PICTURES}
        for key in _PICTURES:
            data = getattr(material, key)
            if data is not None:
                entry[key] = pictures.setdefault(data, len(pictures))
        described.append(entry)
    return {
        f"picture.{number}": np.frombuffer(data, np.uint8) for data, number in pictures.items()
    }, described


def _srgb(linear: np.ndarray) -> UInt8[np.ndarray, "rows 3"]:
    return np.round(255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def smallest_index(array: np.ndarray) -> np.ndarray:
    """Return indices in the smallest of the types that the page's index buffers take.

    Args:
        array: whole numbers, not negative.

    Returns:
        The same numbers, uint16 or uint32.
    """
    return array.astype(np.uint16 if array.max(initial=0) < 2**16 else np.uint32)

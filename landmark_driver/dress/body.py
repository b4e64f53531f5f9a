"""Neck, shoulders and a shirt below the head: they stay where they are, but for the neck's upper part, which goes with the head's.

A vertex p moves by Σ_k w_k (n_k - n₀_k) over the vertices n of the neck's edge; Σ w falls from one at the edge to zero below.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.rooted_mesh import WARDROBE
from landmark_driver.dress.skin import skin_coordinates, skin_material
from landmark_driver.head.head import Head

CLOTHS = {"navy": (0.020, 0.028, 0.050), "red": (0.16, 0.022, 0.024), "sand": (0.34, 0.28, 0.21)}
"""Linear RGB of shirts."""


@dataclass(frozen=True, eq=False)
class Body:
    """Neck and shirt below the default head. Metres, head frame."""

    edge: Int[np.ndarray, "edge"]
    """Rows of the head's vertices: the neck's edge."""
    edge_places: Float[np.ndarray, "edge 3"]
    """Of the default head."""
    vertices: Float[np.ndarray, "body 3"]
    """The neck's, then the shirt's."""
    starts: Int[np.ndarray, "_"]
    columns: Int[np.ndarray, "entries"]
    values: Float[np.ndarray, "entries"]
    """By rows, the fraction of each vertex of the edge's motion that a vertex takes."""
    neck_faces: Int[np.ndarray, "neck_faces 3"]
    shirt_faces: Int[np.ndarray, "shirt_faces 3"]
    skin_face: Int[np.ndarray, "body"]
    """The head's triangle, a row of the default topology's, whose skin goes on below the edge, mirrored at it."""
    skin_weights: Float[np.ndarray, "body 3"]

    @property
    def follows(self) -> sparse.csr_matrix:
        """(body, edge) the fractions as a matrix."""
        shape = (len(self.vertices), len(self.edge))
        return sparse.csr_matrix((self.values.astype(float), self.columns, self.starts), shape)


@functools.cache
def load_body(name: str) -> Body:
    """Load a body that ships.

    Args:
        name: of its file in the wardrobe.

    Returns:
        The body, the same object in every call.
    """
    with np.load(WARDROBE / f"{name}.npz") as data:
        return Body(**{item.name: data[item.name] for item in fields(Body)})


def body_pieces(head: Head, name: str, skin: str = "") -> tuple[Piece, ...]:
    """Return neck and shirt below a head.

    Args:
        head: of the default topology; the neck goes on from its edge.
        name: the body and a colour of cloth, as in "shirt_navy".
        skin: the name of the head's skin, whose pictures go on over the neck; none where it has no pictures.

    Returns:
        The neck's skin, and the shirt.
    """
    shape, cloth = name.split("_")
    body = load_body(shape)
    edge = head.neutral_vertices[body.edge].astype(float)
    usual = body.edge_places.astype(float)
    scale = np.linalg.norm(edge - edge.mean(0)) / np.linalg.norm(usual - usual.mean(0))
    placed = edge.mean(0) + scale * (body.vertices - usual.mean(0))
    rest = edge.mean(0) + scale * (usual - usual.mean(0))
    vertices = placed + body.follows @ (edge - rest)
    columns = sparse.csr_matrix(
        (np.ones(len(edge)), (np.arange(len(edge)), body.edge)), (len(edge), len(head.neutral_vertices))
    )
    operator = sparse.csr_matrix(body.follows @ columns, dtype=np.float32)
    shirt = Material("shirt", color=CLOTHS[cloth], roughness=0.9, double_sided=True)
    bare = np.zeros((len(vertices), 2), np.float32)
    parts = (
        ("neck", body.neck_faces, *_neck_skin(head, body, skin)),
        ("shirt", body.shirt_faces, shirt, bare),
    )
    return tuple(
        _piece(label, vertices, faces, operator, material, coordinates)
        for label, faces, material, coordinates in parts
    )


def _neck_skin(head: Head, body: Body, skin: str) -> tuple[Material, Float[np.ndarray, "body 2"]]:
    """Return the neck's material and coordinates: the head's skin, mirrored at the edge, or its colour there."""
    if not skin:
        tone = (head.display_colors[body.edge].mean(0) / 255.0) ** 2.2
        color = (float(tone[0]), float(tone[1]), float(tone[2]))
        return Material("skin", color=color, roughness=0.5), np.zeros((len(body.vertices), 2), np.float32)
    corners = skin_coordinates()[body.skin_face]
    return skin_material(skin), np.einsum("pk,pkc->pc", body.skin_weights, corners)


def _piece(
    name: str, vertices, faces, operator: sparse.csr_matrix, material: Material, coordinates
) -> Piece:
    used, local = np.unique(faces, return_inverse=True)
    return Piece(
        name,
        vertices[used].astype(np.float32),
        local.reshape(-1, 3).astype(np.int32),
        operator[used],
        coordinates[used].astype(np.float32),
        material,
    )

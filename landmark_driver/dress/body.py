"""Neck, shoulders and a shirt below the head: they stay, but for the neck's upper part, which goes with the head.

A vertex p moves by Σ_k w_k (n_k - n₀_k) over the vertices n of the neck's edge; Σ w falls from one at the edge to zero below.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Integer

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.rooted_mesh import WARDROBE
from landmark_driver.dress.skin import skin_coordinates, skin_material
from landmark_driver.head.head import Head
from landmark_driver.head.scan_texture import split_at_seams

CLOTHS = {"navy": (0.020, 0.028, 0.050), "red": (0.16, 0.022, 0.024), "sand": (0.34, 0.28, 0.21)}
"""Linear RGB of shirts."""


@dataclass(frozen=True, eq=False)
class Body:
    """Neck and shirt below the default head. Metres, head frame."""

    edge: Integer[np.ndarray, "edge"]
    """Rows of the head's vertices: the neck's edge."""
    edge_places: Float[np.ndarray, "edge 3"]
    """Of the default head."""
    vertices: Float[np.ndarray, "body 3"]
    """The neck's, then the shirt's."""
    starts: Integer[np.ndarray, "_"]
    columns: Integer[np.ndarray, "entries"]
    values: Float[np.ndarray, "entries"]
    """By rows, the fraction of each vertex of the edge's motion that a vertex takes."""
    neck_faces: Integer[np.ndarray, "neck_faces 3"]
    shirt_faces: Integer[np.ndarray, "shirt_faces 3"]
    skin_face: Integer[np.ndarray, "neck_faces"]
    """Rows of the head's triangles, whose skin goes on below the edge, mirrored at it."""
    skin_weights: Float[np.ndarray, "neck_faces 3 3"]
    """Of the neck's corners in those triangles, which may lie outside."""

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
    neck = body.neck_faces
    return (
        _piece("neck", vertices, neck, operator, *_neck_skin(head, body, skin)),
        _piece("shirt", vertices, body.shirt_faces, operator, shirt, np.zeros((len(body.shirt_faces), 3, 2))),
    )


def _neck_skin(head: Head, body: Body, skin: str) -> tuple[Material, Float[np.ndarray, "neck_faces 3 2"]]:
    """Return the neck's material and its corners' coordinates: the head's skin, or its colour at the edge."""
    if not skin:
        tone = (head.display_colors[body.edge].mean(0) / 255.0) ** 2.2
        color = (float(tone[0]), float(tone[1]), float(tone[2]))
        return Material("skin", color=color, roughness=0.5), np.zeros((len(body.neck_faces), 3, 2))
    corners = skin_coordinates()[body.skin_face]
    return skin_material(skin), np.einsum("fck,fkx->fcx", body.skin_weights, corners)


def _piece(
    name: str,
    vertices: Float[np.ndarray, "body 3"],
    faces: Integer[np.ndarray, "faces 3"],
    operator: sparse.csr_matrix,
    material: Material,
    coordinates: Float[np.ndarray, "faces 3 2"],
) -> Piece:
    copy_of, places, triangles = split_at_seams(faces, coordinates)
    return Piece(
        name,
        vertices[copy_of].astype(np.float32),
        triangles.astype(np.int32),
        operator[copy_of],
        np.clip(places, 0, 1),
        material,
    )

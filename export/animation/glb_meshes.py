"""The meshes of a binary glTF file: the head with its targets and what it wears, and two eyeballs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, UInt32

from capture.frames.arkit import ARKIT_NAMES
from export.animation.glb_file import TRIANGLES, VERTICES, GlbBuffer
from export.animation.glb_materials import GlbMaterials
from export.animation.textured_surface import split_surface
from export.animation.vertex_colors import vertex_colors
from landmark_driver.character import Character
from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.geometry.vertex_normals import vertex_normals

EYES = ("eyeLeft", "eyeRight")
_PLAIN = Material("head", roughness=0.6, double_sided=True)
_EYE = Material("eyes", roughness=0.15)
"""Of triangles without a picture, which have colours of their vertices."""
_STILL_M = 5e-5
"""A shape that moves no vertex of a piece by more has a target without data there: hair by a smile, for one."""


def head_mesh(buffer: GlbBuffer, materials: GlbMaterials, character: Character) -> dict[str, Any]:
    """Return the mesh of everything but the eyeballs, with a morph target for each ARKit shape.

    Args:
        buffer: takes the arrays: metres, head frame, float32.
        materials: takes the materials.
        character: gives the mesh, its 52 shapes, colours, texture and pieces.

    Returns:
        The mesh's glTF JSON. Triangles without a picture are one primitive, the triangles of each picture another;
        all share vertices and targets. Every piece is a primitive with vertices and targets of its own. A target's
        normals are differences from the neutral ones.
    """
    rows = np.setdiff1d(np.arange(len(character.mesh.neutral_vertices)), character.mesh.eye_vertices)
    shown, faces = _faces_of(rows, character)
    neutral = character.mesh.neutral_vertices[rows]
    texture = character.mesh.texture
    split = split_surface(len(rows), faces, texture.of_faces(shown) if texture else None)
    rest_normals = shading_normals(neutral, faces)
    targets = []
    for displacement in character.mesh.expressions[:, rows]:
        normals = shading_normals(neutral + displacement, faces) - rest_normals
        targets.append(_target(buffer, displacement[split.source], normals[split.source]))
    attributes = _attributes(buffer, neutral[split.source], rest_normals[split.source])
    primitives = []
    if split.plain_faces.size:
        own = {"targets": targets, "material": materials.add(_PLAIN)}
        colors = buffer.add(vertex_colors(character)[rows][split.source], VERTICES)
        primitives.append(_primitive(buffer, attributes | {"COLOR_0": colors}, split.plain_faces) | own)
    if split.pictured_faces:
        attributes = attributes | {"TEXCOORD_0": buffer.add(split.coordinates, VERTICES)}
    for material, pictured in zip(character.materials, split.pictured_faces, strict=True):
        if pictured.size:
            own = {"targets": targets, "material": materials.add(material)}
            primitives.append(_primitive(buffer, attributes, pictured) | own)
    primitives += [
        _piece(buffer, materials, piece, character.mesh.expressions)
        for piece in character.pieces
        if eye_of(piece, character) is None
    ]
    return {
        "name": "head",
        "primitives": primitives,
        "weights": [0.0] * len(ARKIT_NAMES),
        "extras": {"targetNames": list(ARKIT_NAMES)},
    }


def eye_of(piece: Piece, character: Character) -> int | None:
    """Return the eyeball that alone carries a piece.

    Args:
        piece: one of the character's.
        character: gives the eyeballs' vertices.

    Returns:
        0 for the left eyeball, 1 for the right one; None for a piece that hangs on other vertices too, or on none.
    """
    for eye, rows in enumerate(character.mesh.eye_vertices):
        if piece.operator.nnz and np.isin(piece.operator.indices, rows).all():
            return eye
    return None


def eye_mesh(buffer: GlbBuffer, materials: GlbMaterials, character: Character, eye: int) -> dict[str, Any]:
    """Return the mesh of one eyeball and of the pieces that it carries.

    Args:
        buffer: takes the arrays: metres from the eyeball's centre, axes of the head frame, float32.
        materials: takes the materials.
        character: gives the eyeball's vertices, triangles and colours.
        eye: 0 for the left one, 1 for the right one.

    Returns:
        The mesh's glTF JSON.
    """
    rows, centre = character.mesh.eye_vertices[eye], character.head.eye_centres[eye]
    vertices = (character.mesh.neutral_vertices[rows] - centre).astype(np.float32)
    faces = _faces_of(rows, character)[1]
    primitives = []
    if faces.size:
        attributes = _attributes(buffer, vertices, shading_normals(vertices, faces))
        colors = {"COLOR_0": buffer.add(vertex_colors(character)[rows], VERTICES)}
        primitive = _primitive(buffer, attributes | colors, faces)
        primitives.append(primitive | {"material": materials.add(_EYE)})
    for piece in character.pieces:
        if eye_of(piece, character) == eye:
            placed = replace(piece, vertices=(piece.vertices - centre).astype(np.float32))
            primitives.append(_piece(buffer, materials, placed))
    return {"name": EYES[eye], "primitives": primitives}


def _piece(
    buffer: GlbBuffer, materials: GlbMaterials, piece: Piece, expressions: np.ndarray | None = None
) -> dict[str, Any]:
    """Return a piece as a primitive, with targets where there are expressions; shapes that leave it still take no room."""
    faces = piece.faces.astype(np.uint32)
    rest = shading_normals(piece.vertices, faces)
    attributes = _attributes(buffer, piece.vertices, rest)
    upper_left = np.stack([piece.coordinates[:, 0], 1 - piece.coordinates[:, 1]], 1).astype(np.float32)
    attributes["TEXCOORD_0"] = buffer.add(upper_left, VERTICES)
    primitive = _primitive(buffer, attributes, faces) | {"material": materials.add(piece.material)}
    if expressions is None:
        return primitive
    still = buffer.add_zeros(len(piece.vertices))
    targets = []
    for shape in expressions:
        displacement = (piece.operator @ shape).astype(np.float32)
        if np.linalg.norm(displacement, axis=1).max() > _STILL_M:
            normals = shading_normals(piece.vertices + displacement, faces) - rest
            targets.append(_target(buffer, displacement, normals))
        else:
            targets.append({"POSITION": still, "NORMAL": still})
    return primitive | {"targets": targets}


def _target(buffer: GlbBuffer, displacement: np.ndarray, normals: np.ndarray) -> dict[str, int]:
    return {
        "POSITION": buffer.add(displacement, VERTICES, bounds=True),
        "NORMAL": buffer.add(normals, VERTICES),
    }


def _attributes(buffer: GlbBuffer, vertices, normals) -> dict[str, int]:
    return {
        "POSITION": buffer.add(vertices, VERTICES, bounds=True),
        "NORMAL": buffer.add(normals, VERTICES),
    }


def _primitive(buffer: GlbBuffer, attributes: dict[str, int], faces) -> dict[str, Any]:
    return {"attributes": attributes, "indices": buffer.add(faces.reshape(-1), TRIANGLES)}


def _faces_of(
    rows: Int[np.ndarray, "rows"], character: Character
) -> tuple[Bool[np.ndarray, "faces"], UInt32[np.ndarray, "shown 3"]]:
    """Return which triangles lie between these vertices, and these triangles in the rows' own numbering."""
    number = np.full(len(character.mesh.neutral_vertices), -1)
    number[rows] = np.arange(len(rows))
    faces = number[character.mesh.faces]
    shown = np.asarray((faces >= 0).all(1))
    return shown, faces[shown].astype(np.uint32)


def shading_normals(
    vertices: Float[np.ndarray, "vertices 3"], faces: UInt32[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "vertices 3"]:
    """Return unit normals of vertices, triangles weighted by area.

    Args:
        vertices: (V, 3) metres, any frame.
        faces: (F, 3), counter-clockwise seen from outside.

    Returns:
        (V, 3) float32, in the frame of the vertices; +z where a vertex has no triangle.
    """
    normals = vertex_normals(vertices.astype(float), faces)
    return np.where(normals.any(1, keepdims=True), normals, [0, 0, 1]).astype(np.float32)

"""The meshes of a binary glTF file: the head with its targets and pictures, and two eyeballs."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, UInt32

from capture.frames.arkit import ARKIT_NAMES
from export.animation.glb_file import TRIANGLES, VERTICES, GlbBuffer
from export.animation.textured_surface import media_type, split_surface
from export.animation.vertex_colors import vertex_colors
from landmark_driver.character import Character
from landmark_driver.geometry.vertex_normals import vertex_normals

EYES = ("eyeLeft", "eyeRight")
_HEAD_MATERIAL, _EYE_MATERIAL = 0, 1
_MATERIALS: list[dict[str, Any]] = [
    {"name": name, "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": roughness}}
    | {"doubleSided": sides}
    for name, roughness, sides in (("head", 0.6, True), ("eyes", 0.15, False))
]


def materials(buffer: GlbBuffer, character: Character) -> dict[str, Any]:
    """Return the materials of head and eyes, and one for each picture with the picture itself.

    Args:
        buffer: takes the pictures' bytes.
        character: its scan's texture gives the pictures, where there are any.

    Returns:
        Entries of the glTF JSON: "materials", and for pictures "textures", "samplers" and "images".
    """
    pictures = character.mesh.texture.pictures if character.mesh.texture else ()
    if not pictures:
        return {"materials": _MATERIALS}
    skin = _MATERIALS[_HEAD_MATERIAL]
    textured = [
        skin
        | {"name": f"texture_{number}"}
        | {"pbrMetallicRoughness": skin["pbrMetallicRoughness"] | {"baseColorTexture": {"index": number}}}
        for number in range(len(pictures))
    ]
    return {
        "materials": _MATERIALS + textured,
        "textures": [{"source": number, "sampler": 0} for number in range(len(pictures))],
        "samplers": [{}],
        "images": [{"bufferView": buffer.add_bytes(data), "mimeType": media_type(data)} for data in pictures],
    }


def head_mesh(buffer: GlbBuffer, character: Character) -> dict[str, Any]:
    """Return the mesh of everything but the eyeballs, with a morph target for each ARKit shape.

    Args:
        buffer: takes the arrays: metres, head frame, float32.
        character: gives the mesh, its 52 shapes, colours and texture.

    Returns:
        The mesh's glTF JSON. Triangles without a picture are one primitive, the triangles of each picture another;
        all share vertices and targets. A target's normals are differences from the neutral ones.
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
        targets.append(
            {
                "POSITION": buffer.add(displacement[split.source], VERTICES, bounds=True),
                "NORMAL": buffer.add(normals[split.source], VERTICES),
            }
        )
    attributes = _attributes(buffer, neutral[split.source], rest_normals[split.source])
    own = {"targets": targets, "material": _HEAD_MATERIAL}
    primitives = []
    if split.plain_faces.size:
        colors = buffer.add(vertex_colors(character)[rows][split.source], VERTICES)
        primitives.append(_primitive(buffer, attributes | {"COLOR_0": colors}, split.plain_faces) | own)
    if split.pictured_faces:
        attributes = attributes | {"TEXCOORD_0": buffer.add(split.coordinates, VERTICES)}
    for number, pictured in enumerate(split.pictured_faces):
        if not pictured.size:
            continue
        material = {"material": len(_MATERIALS) + number}
        primitives.append(_primitive(buffer, attributes, pictured) | own | material)
    return {
        "name": "head",
        "primitives": primitives,
        "weights": [0.0] * len(ARKIT_NAMES),
        "extras": {"targetNames": list(ARKIT_NAMES)},
    }


def eye_mesh(buffer: GlbBuffer, character: Character, eye: int) -> dict[str, Any]:
    """Return the mesh of one eyeball.

    Args:
        buffer: takes the arrays: metres from the eyeball's centre, axes of the head frame, float32.
        character: gives the eyeball's vertices, triangles and colours.
        eye: 0 for the left one, 1 for the right one.

    Returns:
        The mesh's glTF JSON.
    """
    rows = character.mesh.eye_vertices[eye]
    vertices = (character.mesh.neutral_vertices[rows] - character.head.eye_centres[eye]).astype(np.float32)
    faces = _faces_of(rows, character)[1]
    attributes = _attributes(buffer, vertices, shading_normals(vertices, faces))
    colors = {"COLOR_0": buffer.add(vertex_colors(character)[rows], VERTICES)}
    primitive = _primitive(buffer, attributes | colors, faces)
    return {"name": EYES[eye], "primitives": [primitive | {"material": _EYE_MATERIAL}]}


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

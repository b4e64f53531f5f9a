"""The meshes that trimesh found in a file as one scan, with colours and pictures."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import trimesh

from landmark_driver.head_fit.scan import Scan
from landmark_driver.head_fit.scan_pictures import kept_picture, png_of
from landmark_driver.scan_texture import NO_PICTURE, ScanTexture

_BARE = 0.5
"""Grey of a mesh without colours beside others that have some."""


def join_meshes(loaded: Any) -> Scan:
    """One mesh or a scene's meshes where the scene puts them, in the file's order."""
    meshes = _placed(loaded) if isinstance(loaded, trimesh.Scene) else [loaded]
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    vertices = np.concatenate([np.array(mesh.vertices, float).reshape(-1, 3) for mesh in meshes])
    faces = np.concatenate(
        [
            start + np.array(mesh.faces, np.int32).reshape(-1, 3)
            for start, mesh in zip(starts, meshes, strict=False)
        ]
    )
    texture, notes = _texture(meshes)
    return Scan(vertices, faces.astype(np.int32), _colors(meshes), texture, notes)


def _placed(scene: trimesh.Scene) -> list[Any]:
    """The scene graph goes by name; the file's order is that of its meshes."""
    order = list(scene.geometry)
    placed: list[tuple[int, Any]] = []
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        mesh: Any = scene.geometry[name]
        if isinstance(mesh, trimesh.Trimesh):
            moved = trimesh.Trimesh(
                trimesh.transform_points(mesh.vertices, transform), mesh.faces, process=False
            )
            moved.visual = mesh.visual
            placed.append((order.index(name), moved))
    return [mesh for _, mesh in sorted(placed, key=lambda pair: pair[0])]


def _colors(meshes: list[Any]) -> np.ndarray | None:
    if not any(mesh.visual.kind == "vertex" for mesh in meshes):
        return None
    return np.concatenate(
        [
            np.asarray(mesh.visual.vertex_colors)[:, :3] / 255.0
            if mesh.visual.kind == "vertex"
            else np.full((len(mesh.vertices), 3), _BARE)
            for mesh in meshes
        ]
    )


def _texture(meshes: list[Any]) -> tuple[ScanTexture | None, tuple[str, ...]]:
    """The pictures of all meshes, each once, and notes on what could not be kept."""
    pictures: list[bytes] = []
    notes: list[str] = []
    face_picture, coordinates = [], []
    for mesh in meshes:
        uv, number = getattr(mesh.visual, "uv", None), NO_PICTURE
        if mesh.visual.kind == "texture" and uv is not None:
            data, note = _picture(mesh.visual.material)
            notes += [note] if note and note not in notes else []
            if data is not None:
                number = pictures.index(data) if data in pictures else len(pictures)
                pictures += [] if data in pictures else [data]
        face_picture.append(np.full(len(mesh.faces), number, np.int16))
        known = number != NO_PICTURE
        coordinates.append(np.asarray(uv, float)[mesh.faces] if known else np.zeros((len(mesh.faces), 3, 2)))
    if not pictures:
        return None, tuple(notes)
    return (
        ScanTexture(tuple(pictures), np.concatenate(face_picture), np.concatenate(coordinates)),
        tuple(notes),
    )


def _picture(material: Any) -> tuple[bytes | None, str]:
    """The file behind a material's base colour as `kept_picture` keeps it."""
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if image is None:
        return None, "the texture is missing: drawn without"
    file = getattr(image, "fp", None)  # Pillow's handle on the file, as long as nobody has decoded it
    data = file.getvalue() if isinstance(file, io.BytesIO) else png_of(np.asarray(image.convert("RGB")))
    return kept_picture(data, getattr(material, "name", None) or "of the scan")

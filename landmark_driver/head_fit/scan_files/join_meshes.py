"""The meshes that trimesh found in a file joined to one scan, with colours and pictures."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import trimesh

from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture
from landmark_driver.head_fit.scan_files.plain_colors import BARE, has_hue, srgb_of_linear
from landmark_driver.head_fit.scan_files.scan import Scan
from landmark_driver.head_fit.scan_files.scan_pictures import kept_picture, png_of

_NO_NORMALS = "normal map is not used"


def join_meshes(loaded: Any) -> Scan:
    """Return one mesh, or a scene's meshes in the scene's poses, as one scan.

    Args:
        loaded: trimesh's mesh or scene.

    Returns:
        The scan, in the file's unit and order of meshes; notes name the parts that could not be kept.
    """
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
    """Return the meshes in the file's order; the scene graph goes by name."""
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
    """Return sRGB of the vertices, else of their mesh's material; None where neither has a colour."""
    factors = [_base_color(mesh) for mesh in meshes]
    plain = np.array([color for color in factors if color is not None], float).reshape(-1, 3)
    if not has_hue(plain) and not any(mesh.visual.kind == "vertex" for mesh in meshes):
        return None
    return np.concatenate(
        [
            np.asarray(mesh.visual.vertex_colors)[:, :3] / 255.0
            if mesh.visual.kind == "vertex"
            else np.tile(np.full(3, BARE) if color is None else color, (len(mesh.vertices), 1))
            for mesh, color in zip(meshes, factors, strict=True)
        ]
    )


def _base_color(mesh: Any) -> np.ndarray | None:
    """Return sRGB of glTF's base colour factor; None for a mesh without one, or with a picture instead."""
    material = getattr(mesh.visual, "material", None)
    pictured = getattr(material, "baseColorTexture", None) is not None
    factor = None if pictured else getattr(material, "baseColorFactor", None)
    return None if factor is None else srgb_of_linear(np.asarray(factor, float)[:3] / 255.0)


def _texture(meshes: list[Any]) -> tuple[ScanTexture | None, tuple[str, ...]]:
    """Return the pictures of all meshes, each once, and notes on the parts that could not be kept."""
    pictures: list[bytes] = []
    notes: list[str] = []
    face_picture, coordinates = [], []
    for mesh in meshes:
        uv, number = getattr(mesh.visual, "uv", None), NO_PICTURE
        if mesh.visual.kind == "texture" and uv is not None:
            data, note = _picture(mesh)
            notes += [note] if note and note not in notes else []
            if data is not None:
                number = pictures.index(data) if data in pictures else len(pictures)
                pictures += [] if data in pictures else [data]
        if getattr(getattr(mesh.visual, "material", None), "normalTexture", None) is not None:
            notes += [] if _NO_NORMALS in notes else [_NO_NORMALS]
        face_picture.append(np.full(len(mesh.faces), number, np.int16))
        known = number != NO_PICTURE
        coordinates.append(np.asarray(uv, float)[mesh.faces] if known else np.zeros((len(mesh.faces), 3, 2)))
    if not pictures:
        return None, tuple(notes)
    return (
        ScanTexture(tuple(pictures), np.concatenate(face_picture), np.concatenate(coordinates)),
        tuple(notes),
    )


def _picture(mesh: Any) -> tuple[bytes | None, str]:
    """Return the file behind a material's base colour as `kept_picture` keeps it."""
    material = mesh.visual.material
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if image is None:
        return None, "" if _base_color(mesh) is not None else "the texture is missing: drawn without"
    file = getattr(image, "fp", None)  # Pillow's handle on the file, as long as nobody has decoded it
    data = file.getvalue() if isinstance(file, io.BytesIO) else png_of(np.asarray(image.convert("RGB")))
    return kept_picture(data, getattr(material, "name", None) or "of the scan")

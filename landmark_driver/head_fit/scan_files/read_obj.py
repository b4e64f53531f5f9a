"""Wavefront OBJ with every vertex in the file's own order, which general readers split along texture seams."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.head_fit.scan_files.plain_colors import BARE, has_hue
from landmark_driver.head_fit.scan_files.read_mtl import Material, read_materials
from landmark_driver.head_fit.scan_files.scan import Scan
from landmark_driver.head_fit.scan_files.scan_pictures import kept_picture


@dataclass
class _Lines:
    """The entries of a file's lines, before they become arrays."""

    vertices: list[list[float]] = field(default_factory=list)
    coordinates: list[list[float]] = field(default_factory=list)
    corners: list[tuple[int, int]] = field(default_factory=list)
    """Vertex and texture index of every triangle corner; -1 where there is none."""
    materials: list[str] = field(default_factory=list)
    """The material's name of every triangle."""
    libraries: list[str] = field(default_factory=list)


def read_obj(path: Path) -> Scan:
    """Return the mesh of an OBJ file, with polygons cut into triangles.

    Args:
        path: the .obj file.

    Returns:
        The scan, in the file's unit and order, with vertex colours, and the materials' pictures or plain colours.

    Raises:
        HeadFitError: for lines that are no OBJ, and for indices beyond the vertices, as in a file cut short.

    A missing picture is noted, and the scan goes on without.
    """
    lines = _read_lines(path)
    rows = np.array(lines.vertices, float) if _same_length(lines.vertices) else np.zeros((0, 3))
    corners = np.array(lines.corners, np.int64).reshape(-1, 3, 2)
    faces, textured = corners[:, :, 0], corners[:, :, 1]
    if not len(rows) or not len(faces):
        raise HeadFitError(
            f"Expected vertices and triangles in '{path}', got {len(rows)} and {len(faces)}. "
            "The file may be empty or cut short: export it again."
        )
    if faces.max() >= len(rows) or textured.max() >= max(len(lines.coordinates), 1):
        raise HeadFitError(
            f"Expected {faces.max() + 1} vertices in '{path}', got {len(rows)}. "
            "The file is cut short or damaged: export it again."
        )
    colors = np.clip(rows[:, 3:6], 0, 1) if rows.shape[1] >= 6 else None
    scan = Scan(rows[:, :3], faces.astype(np.int32), colors)
    return _with_materials(scan, lines, textured, path)


def _same_length(rows: list[list[float]]) -> bool:
    return len({len(row) for row in rows}) == 1 and len(rows[0]) >= 3


def _read_lines(path: Path) -> _Lines:
    lines = _Lines()
    material = ""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            key, _, rest = line.strip().partition(" ")
            try:
                if key == "v":
                    lines.vertices.append([float(value) for value in rest.split()])
                elif key == "vt":
                    lines.coordinates.append([float(value) for value in rest.split()[:2]])
                elif key == "f":
                    _add_polygon(lines, rest.split(), material)
                elif key == "usemtl":
                    material = rest.strip()
                elif key == "mtllib":
                    lines.libraries.append(rest.strip())
            except ValueError as error:
                raise HeadFitError(
                    f"Expected an OBJ line, got '{line.strip()[:60]}' in line {number} of '{path}'. "
                    "The file is damaged: export it again."
                ) from error
    return lines


def _add_polygon(lines: _Lines, words: list[str], material: str) -> None:
    ring = [_corner(word, lines) for word in words]
    if len(ring) < 3:
        raise ValueError("a polygon of fewer than three corners")
    for second, third in pairwise(ring[1:]):
        lines.corners += (ring[0], second, third)
        lines.materials.append(material)


def _corner(word: str, lines: _Lines) -> tuple[int, int]:
    """Return zero-based vertex and texture index; negative numbers count back from the last line so far."""
    parts = word.split("/")
    vertex = int(parts[0])
    texture = int(parts[1]) if len(parts) > 1 and parts[1] else 0
    vertex = vertex - 1 if vertex > 0 else len(lines.vertices) + vertex
    texture = texture - 1 if texture >= 0 else len(lines.coordinates) + texture
    if vertex < 0 or texture < -1:
        raise ValueError("an index before the first vertex")
    return vertex, texture


def _with_materials(scan: Scan, lines: _Lines, textured: np.ndarray, path: Path) -> Scan:
    """Return the scan with its materials; their plain colours count where the vertices have none of their own."""
    files = [path.parent / library for library in lines.libraries]
    named = read_materials(files)
    used = {name: named[name] for name in dict.fromkeys(lines.materials) if name in named}
    scan = scan.noted(*_missing(lines, files, used), *_unused(used))
    if scan.colors is None:
        scan = replace(scan, colors=_plain_colors(scan, lines.materials, used))
    return _with_texture(scan, lines, textured, used) if (textured >= 0).any() else scan


def _missing(lines: _Lines, files: list[Path], used: dict[str, Material]) -> list[str]:
    names = [library for library, file in zip(lines.libraries, files, strict=True) if not file.is_file()]
    names += [material.picture for material in used.values() if material.picture_file is None]
    return [f"texture '{name}' is missing: drawn without" for name in dict.fromkeys(names) if name]


def _unused(used: dict[str, Material]) -> list[str]:
    names = dict.fromkeys(material.normals for material in used.values() if material.normals)
    return [f"normal map '{name}' is not used" for name in names]


def _plain_colors(scan: Scan, materials: list[str], used: dict[str, Material]) -> np.ndarray | None:
    """Return sRGB of every vertex, by one of its triangles; None where no material has a colour worth showing."""
    plain = {name: m.color for name, m in used.items() if m.color is not None and m.picture_file is None}
    if not has_hue(np.array([*plain.values()], float).reshape(-1, 3)):
        return None
    rows = [row for row, name in enumerate(materials) if name in plain]
    colors = np.full((len(scan.vertices), 3), BARE)
    colors[scan.faces[rows].ravel()] = np.repeat([plain[materials[row]] for row in rows], 3, axis=0)
    return colors


def _with_texture(scan: Scan, lines: _Lines, textured: np.ndarray, used: dict[str, Material]) -> Scan:
    notes: list[str] = []
    number_of: dict[str, int] = {}
    pictures: list[bytes] = []
    for name, material in used.items():
        if material.picture_file is not None:
            data, note = kept_picture(material.picture_file.read_bytes(), material.picture_file.name)
            notes += [note] if note else []
            if data is not None:
                number_of[name] = pictures.index(data) if data in pictures else len(pictures)
                pictures += [] if data in pictures else [data]
    scan = scan.noted(*notes)
    if not pictures:
        return scan
    of_face = np.array([number_of.get(name, NO_PICTURE) for name in lines.materials], np.int16)
    of_face[(textured < 0).any(1)] = NO_PICTURE
    coordinates = np.array([*lines.coordinates, [0.0, 0.0]])[textured]
    return replace(scan, texture=ScanTexture(tuple(pictures), of_face, coordinates))

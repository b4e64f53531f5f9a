"""A scan from any of the usual mesh files, with its vertices as they are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import trimesh

from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.head_fit.scan_files.join_meshes import join_meshes
from landmark_driver.head_fit.scan_files.read_obj import read_obj
from landmark_driver.head_fit.scan_files.scan import Scan

ENDINGS = (".obj", ".ply", ".stl", ".glb")
MOST_TRIANGLES = 4_000_000
"""The limit lies above the scans of phones and photogrammetry; reading more would fill the memory."""
_FEWEST_TRIANGLES = 100
_STL_HEADER_BYTES, _STL_TRIANGLE_BYTES = 84, 50
_MOST_HEADER_BYTES = 4096


def read_scan(path: Path) -> Scan:
    """Return the mesh in a file, with its vertices as they are.

    Args:
        path: an .obj, .ply, .stl or .glb file.

    Returns:
        The scan: vertices in the file's order and unit, colours or texture where it has them.

    Raises:
        HeadFitError: for a file without a usable mesh: missing, empty, cut short, another format, not finite,
            too few or too many triangles.
    """
    _check_file(path)
    _check_count(path, _announced_triangles(path))
    scan = read_obj(path) if path.suffix.lower() == ".obj" else _read_with_trimesh(path)
    _check_count(path, len(scan.faces))
    if len(scan.faces) < _FEWEST_TRIANGLES:
        raise HeadFitError(
            f"Expected the mesh of a head in '{path}', got {len(scan.faces)} triangles. "
            "The file may be cut short: export it again, with its surface."
        )
    broken = int(np.count_nonzero(~np.isfinite(scan.vertices).all(1)))
    if broken:
        raise HeadFitError(
            f"Expected finite coordinates in '{path}', got {broken} vertices with NaN or infinity. "
            "Remove them in the program the scan comes from."
        )
    return scan


def _check_file(path: Path) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise HeadFitError(
            f"Expected a scan ending in {', '.join(ENDINGS)}, got '{path.name}'. Export it as one of these."
        )
    if not path.is_file():
        raise HeadFitError(f"Expected a scan, got '{path}', which does not exist. Give the path of a file.")
    if path.stat().st_size == 0:
        raise HeadFitError(f"Expected a scan, got '{path}', which is empty. Export or copy it again.")


def _announced_triangles(path: Path) -> int:
    """Return the number of triangles that a file announces before it is read; 0 where it gives none."""
    ending = path.suffix.lower()
    with path.open("rb") as file:
        if ending == ".ply":
            found = re.search(rb"element face (\d+)", file.read(_MOST_HEADER_BYTES))
            return int(found[1]) if found else 0
        if ending == ".stl":
            return max(path.stat().st_size - _STL_HEADER_BYTES, 0) // _STL_TRIANGLE_BYTES
        if ending == ".obj":
            return sum(chunk.count(b"\nf ") for chunk in iter(lambda: file.read(1 << 24), b""))
    return 0


def _check_count(path: Path, triangles: int) -> None:
    if triangles > MOST_TRIANGLES:
        raise HeadFitError(
            f"Expected at most {MOST_TRIANGLES:,} triangles, got {triangles:,} in '{path}'. "
            "Reduce the scan first. A head needs no more than half a million."
        )


def _read_with_trimesh(path: Path) -> Scan:
    try:
        scan = join_meshes(trimesh.load(path, process=False))
        vertices, faces = scan.vertices, scan.faces
        cut_short = len(faces) and (faces.max() >= len(vertices) or faces.min() < 0)
    except Exception as error:  # trimesh's readers raise whatever the format makes them stumble over
        raise HeadFitError(
            f"Expected a mesh in '{path}', got a file that cannot be read ({error}). "
            "It may be cut short or of another format: export it again."
        ) from error
    if cut_short:
        raise HeadFitError(
            f"Expected {faces.max() + 1} vertices in '{path}', got {len(vertices)}. "
            "The file is cut short or damaged: export it again."
        )
    return scan

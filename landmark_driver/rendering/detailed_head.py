"""A coarse head made ready for pictures: subdivided once, with painted colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.geometry.subdivision import Subdivision, loop_subdivision
from landmark_driver.head.identity_model import PARTS, IdentityHead
from landmark_driver.rendering.skin_colors import head_colors, head_gloss, skin_paints


@dataclass(frozen=True)
class DetailedHead:
    """A head's finer mesh: `faces`, `colors` and `gloss` belong to the vertices `subdivision(vertices)`."""

    subdivision: Subdivision
    face_part: UInt8[np.ndarray, "fine_faces"]
    """Index into `PARTS` for every fine triangle."""
    colors: Float[np.ndarray, "fine_vertices 3"]
    """Linear RGB."""
    gloss: Float[np.ndarray, "fine_vertices"]
    """Strength of the highlight in 0..1."""
    paints: list[tuple[Float[np.ndarray, "3"], Float[np.ndarray, "fine_vertices"]]]
    """Linear RGB and amount in 0..1 of each paint on the skin; `colors` contains it already."""

    @property
    def faces(self) -> Int[np.ndarray, "fine_faces 3"]:
        return self.subdivision.faces

    def coarse_face(self, fine_face: Int[np.ndarray, "..."]) -> Int[np.ndarray, "..."]:
        """Return the original triangle that a fine one lies in.

        Args:
            fine_face: (...) rows of `faces`.

        Returns:
            (...) rows of the original triangles.
        """
        return fine_face // 4


def detailed_head(painted: IdentityHead) -> DetailedHead:
    """Return the detail of every head of one topology.

    Args:
        painted: the default head, metres, head frame; colours are decided by positions on it.

    Returns:
        One step of Loop subdivision with colours, gloss and paints, valid for all heads of `painted`'s topology.
    """
    topology = painted.topology
    subdivision = loop_subdivision(topology.faces, topology.vertex_count)
    face_part = np.repeat(topology.face_part, 4)
    vertex_part = np.full(subdivision.faces.max() + 1, len(PARTS), np.uint8)
    np.minimum.at(vertex_part, subdivision.faces.ravel(), np.repeat(face_part, 3))
    fine_topology = replace(topology, faces=subdivision.faces, face_part=face_part, vertex_part=vertex_part)
    fine = IdentityHead(fine_topology, subdivision(painted.vertices), painted.coefficients)
    return DetailedHead(subdivision, face_part, head_colors(fine), head_gloss(fine), skin_paints(fine))

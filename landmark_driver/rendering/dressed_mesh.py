"""What a character shows, as the one mesh with vertex colours that `render` draws: its own mesh and its opaque pieces."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.character import Character
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.piece_colors import piece_colors

_GLOSS = 0.10
_SMOOTHEST = 0.6
"""The gloss of a surface without roughness."""
_IN_MOUTH = ("crowns", "gums")
_MOUTH_LIGHT = ((0.004, 0.012, 0.035), (1.0, 0.5, 0.12))
"""Metres behind the foremost tooth, and the fraction of light there: the renderer casts no shadows."""


class DressedMesh:
    """The shown mesh of a character and the pieces that hang on it. Translucent pieces (hair, brows) are left out.

    Args:
        character: gives mesh, colours and pieces.
    """

    def __init__(self, character: Character):
        self._mesh = character.mesh
        self._pieces = [piece for piece in character.pieces if piece.material.alpha == "opaque"]
        counts = [len(self._mesh.display_colors), *(len(piece.vertices) for piece in self._pieces)]
        starts = np.cumsum([0, *counts[:-1]])
        faces = [self._mesh.display.faces, *(piece.faces for piece in self._pieces)]
        own = (self._mesh.display_colors / 255.0) ** 2.2
        self.faces: Int[np.ndarray, "faces 3"] = np.concatenate(
            [part + start for part, start in zip(faces, starts, strict=True)]
        )
        self.colors: Float[np.ndarray, "shown 3"] = np.concatenate(
            [own, *(_lit_colors(piece) for piece in self._pieces)]
        )
        """Linear RGB in 0..1."""
        gloss = [_GLOSS, *(_SMOOTHEST * (1 - piece.material.roughness) for piece in self._pieces)]
        self.gloss: Float[np.ndarray, "shown"] = np.repeat(gloss, counts)
        """Strength of the highlight in 0..1."""

    def __call__(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "shown 3"]:
        """Return the shown vertices for a pose of the character's mesh.

        Args:
            vertices: (V, 3) metres, head frame.

        Returns:
            (S, 3) metres, head frame: the mesh's own, then each piece's.
        """
        own = self._mesh.display(vertices.astype(float))
        neutral = self._mesh.neutral_vertices
        return np.concatenate([own, *(piece.follow(vertices, neutral) for piece in self._pieces)])

    def of_mesh(self, values: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "shown 3"]:
        """Return values given on the character's mesh at the shown vertices.

        Args:
            values: (V, 3) in any unit.

        Returns:
            (S, 3); zero on pieces.
        """
        own = self._mesh.display(values)
        return np.concatenate([own, np.zeros((len(self.colors) - len(own), 3))])


def _lit_colors(piece: Piece) -> Float[np.ndarray, "piece 3"]:
    """Return the colours of a piece, darker towards the back of the mouth."""
    colors = piece_colors(piece)
    if piece.material.name not in _IN_MOUTH:
        return colors
    depth = piece.vertices[:, 2].max() - piece.vertices[:, 2]
    return colors * np.interp(depth, *_MOUTH_LIGHT)[:, None]

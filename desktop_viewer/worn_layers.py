"""What a character wears as meshes of one colour each, the only kind that the viewer can move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from desktop_viewer.color_pieces import ColorPiece, color_pieces
from landmark_driver.character import Character
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.piece_colors import piece_colors
from landmark_driver.geometry.vertex_normals import vertex_normals

_COLORS = 4
"""Colours that stand for those of one piece."""


@dataclass(frozen=True)
class WornPiece:
    """A piece of dress, and its meshes of one colour each, whose rows are the piece's vertices."""

    piece: Piece
    layers: list[ColorPiece]

    @property
    def moves(self) -> bool:
        """Whether any vertex ever moves."""
        return self.piece.operator.nnz > 0

    def follow(
        self, vertices: Float[np.ndarray, "vertices 3"], neutral: Float[np.ndarray, "vertices 3"]
    ) -> list[Float[np.ndarray, "rows 3"]]:
        """Return the vertices of every layer on a moved mesh.

        Args:
            vertices: (V, 3) metres, head frame: the character's mesh.
            neutral: (V, 3) metres, head frame: the same at rest.

        Returns:
            (R, 3) metres, head frame, for each layer.
        """
        moved = self.piece.follow(vertices, neutral)
        return [layer.place(moved) for layer in self.layers]


def worn_pieces(character: Character) -> list[WornPiece]:
    """Return what the viewer shows of a character's dress: opaque pieces.

    Args:
        character: wears the pieces.

    Returns:
        The pieces, each cut into a few colours.
    """
    return [
        WornPiece(piece, _layers(piece)) for piece in character.pieces if piece.material.alpha == "opaque"
    ]


def _layers(piece: Piece) -> list[ColorPiece]:
    colors = 255 * piece_colors(piece) ** (1 / 2.2)
    normals = vertex_normals(piece.vertices.astype(float), piece.faces)
    return color_pieces(f"worn_{piece.name}", piece.faces, colors, normals, (_COLORS,))

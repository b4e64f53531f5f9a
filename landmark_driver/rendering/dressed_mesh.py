"""What a character shows, as the one mesh with vertex colours that `render` draws: its own mesh and its opaque pieces."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.character import Character
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.piece_colors import piece_colors
from landmark_driver.rendering.render import Camera, render
from landmark_driver.rendering.skin_colors import mouth_light

_GLOSS = 0.10
_SMOOTHEST = 0.6
"""The gloss of a surface without roughness."""
_IN_MOUTH = ("crowns", "gums")


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

    def picture(
        self,
        vertices: Float[np.ndarray, "vertices 3"],
        camera: Camera,
        supersample: int = 1,
        colors: Float[np.ndarray, "shown 3"] | None = None,
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Draw a pose of the character's mesh.

        Args:
            vertices: (V, 3) metres, head frame.
            camera: the view, in the head frame.
            supersample: rays along each side of a pixel.
            colors: (S, 3) linear RGB in 0..1; None for the character's own.

        Returns:
            (height, width, 3) RGB in 0..255.
        """
        painted = self.colors if colors is None else colors
        return render(self(vertices), self.faces, painted, camera, self.gloss, supersample).image

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
    behind_m = piece.vertices[:, 2].max() - piece.vertices[:, 2]
    return colors * mouth_light(1e3 * behind_m)

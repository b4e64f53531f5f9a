"""A scan as its file has it, and its repaired copy for registration."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture


@dataclass(frozen=True)
class Scan:
    """A triangle mesh in its file's own unit, frame and vertex order."""

    vertices: Float[np.ndarray, "vertices 3"]
    faces: Int[np.ndarray, "faces 3"]
    colors: Float[np.ndarray, "vertices 3"] | None = None
    """sRGB in 0..1."""
    texture: ScanTexture | None = None
    notes: tuple[str, ...] = ()
    """Words on the parts left out in reading."""

    def vertex_colors(self) -> Float[np.ndarray, "vertices 3"] | None:
        """Return the colour of every vertex, from the texture at one of its corners or from its own colour.

        Returns:
            (V, 3) sRGB in 0..1; None for a scan without colours.
        """
        if self.texture is None:
            return self.colors
        colors = np.full((len(self.vertices), 3), 0.5) if self.colors is None else self.colors.copy()
        pictured = self.texture.face_picture != NO_PICTURE
        colors[self.faces[pictured].ravel()] = self.texture.sample()[pictured].reshape(-1, 3)
        return colors

    def noted(self, *notes: str) -> Scan:
        """Return the scan with more notes.

        Args:
            notes: words on the parts left out.

        Returns:
            The same mesh, its notes before the new ones.
        """
        return replace(self, notes=self.notes + notes)


@dataclass(frozen=True)
class CleanScan:
    """The part of a scan that registration uses: welded, manifold, without fragments; scan unit and frame."""

    vertices: Float[np.ndarray, "clean 3"]
    faces: Int[np.ndarray, "clean_faces 3"]
    clean_vertex: Int[np.ndarray, "vertices"]
    """The clean vertex that each vertex of the scan became, or -1."""
    repairs: dict[str, int]
    """The count of each kind of repair; empty for a clean scan."""

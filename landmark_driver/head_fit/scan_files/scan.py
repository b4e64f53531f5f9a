"""A scan as its file has it, and its repaired copy that registration works on."""

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
    """What was left out in reading, in words."""

    def vertex_colors(self) -> Float[np.ndarray, "vertices 3"] | None:
        """sRGB in 0..1 of every vertex, from the texture at one of its corners or from its own colour."""
        if self.texture is None:
            return self.colors
        colors = np.full((len(self.vertices), 3), 0.5) if self.colors is None else self.colors.copy()
        pictured = self.texture.face_picture != NO_PICTURE
        colors[self.faces[pictured].ravel()] = self.texture.sample()[pictured].reshape(-1, 3)
        return colors

    def noted(self, *notes: str) -> Scan:
        return replace(self, notes=self.notes + notes)


@dataclass(frozen=True)
class CleanScan:
    """The part of a scan that registration works on: welded, manifold, without fragments."""

    vertices: Float[np.ndarray, "clean 3"]
    faces: Int[np.ndarray, "clean_faces 3"]
    clean_vertex: Int[np.ndarray, "vertices"]
    """For every vertex of the scan, the clean vertex it became, or -1."""
    repairs: dict[str, int]
    """How many of what was repaired; empty for a clean scan."""

"""A scan as its file has it, and its repaired copy that registration works on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, UInt8


@dataclass(frozen=True)
class ScanTexture:
    """A picture on the scan. Coordinates are OpenGL's: (0, 0) is the lower left corner of the picture."""

    image: UInt8[np.ndarray, "height width 3"]
    """sRGB."""
    coordinates: Float[np.ndarray, "faces 3 2"]
    """Of every corner of every triangle."""

    def sample(self, coordinates: Float[np.ndarray, "*batch 2"]) -> Float[np.ndarray, "*batch 3"]:
        """sRGB in 0..1 of the nearest pixel; coordinates repeat outside 0..1."""
        height, width = self.image.shape[:2]
        x = np.floor((coordinates[..., 0] % 1.0) * width).astype(int).clip(0, width - 1)
        y = np.floor((1 - coordinates[..., 1] % 1.0) * height).astype(int).clip(0, height - 1)
        return self.image[y, x] / 255.0


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
        """sRGB in 0..1 of every vertex, from its colour or from the texture at one of its corners."""
        if self.texture is None:
            return self.colors
        colors = np.full((len(self.vertices), 3), 0.5)
        colors[self.faces.ravel()] = self.texture.sample(self.texture.coordinates).reshape(-1, 3)
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

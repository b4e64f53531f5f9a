"""The mesh that a character shows and writes: its head itself, or a scan that hangs on the head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int, UInt8

from landmark_driver.geometry.subdivision import Subdivision, loop_subdivision
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding, embed_points
from landmark_driver.head.scan_texture import ScanTexture


@dataclass(frozen=True)
class DisplayMotion:
    """The shown mesh as a linear function of its head's vertices v: base + A (v - reference), metres, float32."""

    operator: sparse.csr_matrix
    """A: a row for each shown vertex, a column for each of the head's."""
    base: Float[np.ndarray, "shown 3"]
    reference: Float[np.ndarray, "head 3"]


class CharacterMesh(Protocol):
    """A mesh that follows the vertices of a head. Metres, head frame."""

    @property
    def points_are_exact(self) -> bool:
        """Whether points given on the neutral mesh were measured on it, rather than tracked in a picture."""
        ...

    @property
    def neutral_vertices(self) -> Float[np.ndarray, "vertices 3"]: ...
    @property
    def faces(self) -> Int[np.ndarray, "faces 3"]: ...
    @property
    def face_part(self) -> UInt8[np.ndarray, "faces"]:
        """Which part of the head a triangle belongs to; skin is 0."""
        ...

    @property
    def expressions(self) -> Float[np.ndarray, "52 vertices 3"]: ...
    @property
    def eye_vertices(self) -> Int[np.ndarray, "2 eye_vertices"]:
        """Vertices of the eyeballs, left and right; none where the mesh has no whole eyeballs."""
        ...

    @property
    def vertex_colors(self) -> UInt8[np.ndarray, "vertices 3"]:
        """sRGB of the vertices."""
        ...

    @property
    def texture(self) -> ScanTexture | None:
        """Pictures on the triangles of `faces`, which scans may have."""
        ...

    @property
    def smooth(self) -> bool:
        """Whether the mesh is coarse and is shown one Loop step finer."""
        ...

    @property
    def display(self) -> Subdivision:
        """The finer mesh that is shown."""
        ...

    @property
    def display_colors(self) -> UInt8[np.ndarray, "shown 3"]: ...
    @property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]: ...
    @property
    def paint_colors(self) -> UInt8[np.ndarray, "paints 3"]: ...
    @property
    def paint_amounts(self) -> UInt8[np.ndarray, "paints shown"]: ...
    @property
    def written_faces(self) -> Int[np.ndarray, "written_faces 3"]: ...
    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "written 3"]:
        """Return the vertices that files keep, in the unit and frame that they have there."""
        ...

    def moved(
        self, head_vertices: Float[np.ndarray, "head 3"], neutral_offset: Float[np.ndarray, "head 3"] | None
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the mesh for the vertices of its head.

        Args:
            head_vertices: (H, 3) metres, head frame.
            neutral_offset: (H, 3) metres by which the driver moves a neutral head, or None for nowhere.
        """
        ...

    def display_motion(self, neutral_offset: Float[np.ndarray, "head 3"] | None) -> DisplayMotion:
        """Return how the shown mesh follows the head, for evaluators without this package.

        Args:
            neutral_offset: as for `moved`.
        """
        ...

    def layout(self, points: Float[np.ndarray, "landmarks 3"]) -> LandmarkEmbedding:
        """Return the places on the head of points on the neutral mesh (metres, head frame)."""
        ...


class HeadMesh:
    """A head as it is, shown one Loop step finer."""

    points_are_exact = False
    smooth = True
    texture: ScanTexture | None = None

    def __init__(self, head: Head):
        self._head = head

    @property
    def neutral_vertices(self) -> Float[np.ndarray, "vertices 3"]:
        return self._head.neutral_vertices

    @property
    def faces(self) -> Int[np.ndarray, "faces 3"]:
        return self._head.faces

    @property
    def face_part(self) -> UInt8[np.ndarray, "faces"]:
        return self._head.face_part

    @property
    def expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        return self._head.expressions

    @property
    def eye_vertices(self) -> Int[np.ndarray, "2 eye_vertices"]:
        return self._head.eye_vertices

    @property
    def vertex_colors(self) -> UInt8[np.ndarray, "vertices 3"]:
        """sRGB of the vertices that drivers move, which come first in the shown mesh."""
        return self._head.display_colors[: len(self._head.neutral_vertices)]

    @cached_property
    def display(self) -> Subdivision:
        return loop_subdivision(self._head.faces, len(self._head.neutral_vertices))

    @property
    def display_colors(self) -> UInt8[np.ndarray, "shown 3"]:
        return self._head.display_colors

    @property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]:
        return np.repeat(self._head.face_part, 4)

    @property
    def paint_colors(self) -> UInt8[np.ndarray, "paints 3"]:
        return self._head.paint_colors

    @property
    def paint_amounts(self) -> UInt8[np.ndarray, "paints shown"]:
        return self._head.paint_amounts

    @property
    def written_faces(self) -> Int[np.ndarray, "faces 3"]:
        return self._head.faces

    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        return vertices

    def moved(
        self, head_vertices: Float[np.ndarray, "vertices 3"], neutral_offset: np.ndarray | None
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the head's own vertices."""
        return head_vertices

    def display_motion(self, neutral_offset: np.ndarray | None) -> DisplayMotion:
        neutral = self._head.neutral_vertices
        base = self.display(neutral).astype(np.float32)
        return DisplayMotion(self.display.operator, base, neutral.astype(np.float32))

    def layout(self, points: Float[np.ndarray, "landmarks 3"]) -> LandmarkEmbedding:
        return embed_points(points, self._head.neutral_vertices, self._head.faces)

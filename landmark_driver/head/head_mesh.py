"""The mesh that a character shows and writes: its head itself, or a scan that is bound to the head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int, UInt8

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
    """The shown vertices of a head at `reference`."""
    reference: Float[np.ndarray, "head 3"]
    """The head's vertices as the driver gives them for the shown neutral."""


class HeadMesh:
    """A head as it is, shown one Loop step finer. Metres, head frame.

    `ScanMesh` is the other mesh of a character and has the same attributes and methods. `hidden` numbers parts whose
    triangles are neither shown nor written; their vertices stay.
    """

    """True where points given on the neutral mesh were measured on it, rather than tracked in a picture."""
    smooth = True
    """True where the mesh is coarse, and is shown one Loop step finer."""

    def __init__(self, head: Head, texture: ScanTexture | None = None, hidden: tuple[int, ...] = ()):
        self._head = head
        self._kept: Bool[np.ndarray, "head_faces"] = ~np.isin(head.face_part, hidden)
        self.texture = None if texture is None else texture.of_faces(self._kept)
        """Pictures on the triangles of `faces`."""
        self.neutral_vertices: Float[np.ndarray, "vertices 3"] = head.neutral_vertices
        self.faces: Int[np.ndarray, "faces 3"] = head.faces[self._kept]
        self.face_part: UInt8[np.ndarray, "faces"] = head.face_part[self._kept]
        """The part of the head that a triangle belongs to; skin is 0."""
        self.expressions: Float[np.ndarray, "52 vertices 3"] = head.expressions
        self.eye_vertices: Int[np.ndarray, "2 eye_vertices"] = head.eye_vertices
        """Vertices of the eyeballs, left and right; none where the mesh has no whole eyeballs."""
        self.vertex_colors: UInt8[np.ndarray, "vertices 3"] = head.display_colors[
            : len(head.neutral_vertices)
        ]
        """sRGB. The vertices that drivers move come first in the shown mesh."""
        self.display_colors: UInt8[np.ndarray, "shown 3"] = head.display_colors
        self.paint_colors: UInt8[np.ndarray, "paints 3"] = head.paint_colors
        self.paint_amounts: UInt8[np.ndarray, "paints shown"] = head.paint_amounts
        self.written_faces: Int[np.ndarray, "faces 3"] = self.faces

    @cached_property
    def display(self) -> Subdivision:
        """The finer mesh that is shown, with the vertices of hidden parts."""
        whole = loop_subdivision(self._head.faces, len(self.neutral_vertices))
        return Subdivision(whole.operator, whole.faces[np.repeat(self._kept, 4)])

    @cached_property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]:
        """The part of the head that a shown triangle belongs to."""
        return np.repeat(self.face_part, 4)

    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        """Return the vertices that files keep: here all of them, unchanged.

        Args:
            vertices: (V, 3) metres, head frame.

        Returns:
            (V, 3) in the unit and frame that files have: metres, head frame.
        """
        return vertices

    def moved(
        self,
        head_vertices: Float[np.ndarray, "vertices 3"],
        neutral_offset: Float[np.ndarray, "vertices 3"] | None,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the mesh for the vertices of its head: here the same.

        Args:
            head_vertices: (V, 3) metres, head frame.
            neutral_offset: (V, 3) metres by which the driver moves a neutral head; None for nowhere. Not used here.

        Returns:
            (V, 3) metres, head frame.
        """
        return head_vertices

    def display_motion(self, neutral_offset: Float[np.ndarray, "vertices 3"] | None) -> DisplayMotion:
        """Return the shown mesh as a linear function of the head, for evaluators without this package.

        Args:
            neutral_offset: (V, 3) metres, as for `moved`. Not used here.

        Returns:
            The function of the head's (V, 3) vertices; its base is the shown neutral head.
        """
        base = self.display(self.neutral_vertices).astype(np.float32)
        return DisplayMotion(self.display.operator, base, self.neutral_vertices.astype(np.float32))

    def layout(self, points: Float[np.ndarray, "landmarks 3"]) -> LandmarkEmbedding:
        """Return the embedding in the head of points on the neutral mesh.

        Args:
            points: (L, 3) metres, head frame.

        Returns:
            The nearest triangle of the head and barycentric weights for each of the L points.
        """
        return embed_points(points, self.neutral_vertices, self.faces)

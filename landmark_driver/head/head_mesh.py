"""The mesh that a character shows and writes: its head itself, or a scan that hangs on the head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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


class HeadMesh:
    """A head as it is, shown one Loop step finer. Metres, head frame.

    `scan_mesh.py` has the other mesh of a character, with the same attributes and methods.
    """

    points_are_exact = False
    """Whether points given on the neutral mesh were measured on it, rather than tracked in a picture."""
    smooth = True
    """Whether the mesh is coarse, and is shown one Loop step finer."""
    texture: ScanTexture | None = None
    """Pictures on the triangles of `faces`, which scans may have."""

    def __init__(self, head: Head):
        self.neutral_vertices: Float[np.ndarray, "vertices 3"] = head.neutral_vertices
        self.faces: Int[np.ndarray, "faces 3"] = head.faces
        self.face_part: UInt8[np.ndarray, "faces"] = head.face_part
        """Which part of the head a triangle belongs to; skin is 0."""
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
        self.written_faces: Int[np.ndarray, "faces 3"] = head.faces

    @cached_property
    def display(self) -> Subdivision:
        """The finer mesh that is shown."""
        return loop_subdivision(self.faces, len(self.neutral_vertices))

    @cached_property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]:
        """Which part of the head a shown triangle belongs to."""
        return np.repeat(self.face_part, 4)

    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        """Return the vertices that files keep, in the unit and frame that they have there."""
        return vertices

    def moved(
        self,
        head_vertices: Float[np.ndarray, "vertices 3"],
        neutral_offset: Float[np.ndarray, "vertices 3"] | None,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the mesh for the vertices of its head: here the same.

        Args:
            head_vertices: (H, 3) metres, head frame.
            neutral_offset: (H, 3) metres by which the driver moves a neutral head, or None for nowhere.
        """
        return head_vertices

    def display_motion(self, neutral_offset: Float[np.ndarray, "vertices 3"] | None) -> DisplayMotion:
        """Return how the shown mesh follows the head, for evaluators without this package.

        Args:
            neutral_offset: as for `moved`.
        """
        base = self.display(self.neutral_vertices).astype(np.float32)
        return DisplayMotion(self.display.operator, base, self.neutral_vertices.astype(np.float32))

    def layout(self, points: Float[np.ndarray, "landmarks 3"]) -> LandmarkEmbedding:
        """Return the places on the head of points on the neutral mesh (metres, head frame)."""
        return embed_points(points, self.neutral_vertices, self.faces)

"""A scan that a registered head moves: the head is driven, and the scan's own vertices go with it.

Scan vertex i moves by Σ_k w_ik m_k over three vertices of the head's skin, one Loop step finer, whose
motion is m = S (v - v₀). Teeth, tongue, cavities and eyeballs that the scan lacks follow after its vertices.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int, UInt8

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.geometry.subdivision import Subdivision
from landmark_driver.head.display_mesh import Shown, shown_scan
from landmark_driver.head.head import Head
from landmark_driver.head.head_mesh import DisplayMotion, HeadMesh
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.head.scan_lips import closing_motion
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.head.scan_texture import CHILD_CORNERS, ScanTexture


class ScanMesh:
    """The scan's own vertices in its own order, then the added ones of the head; metres, head frame.

    `hidden` numbers parts of the head whose triangles are neither shown nor written.
    """

    smooth = False

    def __init__(self, head: Head, scan: ScanSurface, hidden: tuple[int, ...] = ()):
        self._head, self.scan = head, scan
        place = np.full(len(head.neutral_vertices), -1)
        place[scan.added_vertices] = len(scan.vertices) + np.arange(len(scan.added_vertices))
        added = (place[head.faces] >= 0).all(1) & ~np.isin(head.face_part, hidden)
        own = scan.faces[~scan.bridging]
        eyes = place[head.eye_vertices]
        neutral = np.concatenate([scan.in_head(), head.neutral_vertices[scan.added_vertices]])
        self.neutral_vertices: Float[np.ndarray, "vertices 3"] = neutral.astype(np.float32)
        self.faces: Int[np.ndarray, "faces 3"] = np.concatenate([own, place[head.faces[added]]]).astype(
            np.int32
        )
        self.face_part: UInt8[np.ndarray, "faces"] = np.concatenate(
            [np.zeros(len(own), np.uint8), head.face_part[added]]
        )
        self.eye_vertices: Int[np.ndarray, "2 eye_vertices"] = (
            eyes if (eyes >= 0).all() else np.zeros((2, 0), np.int32)
        )
        self.paint_colors: UInt8[np.ndarray, "0 3"] = np.zeros((0, 3), np.uint8)
        self.paint_amounts: UInt8[np.ndarray, "0 0"] = np.zeros((0, 0), np.uint8)

    @cached_property
    def motion(self) -> ScanMotion:
        """The map from the head's vertices to the mesh's."""
        return ScanMotion(self._head, self.scan)

    @cached_property
    def expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """ARKit displacements at weight one, metres; made at the first use.

        They take 600 bytes a vertex, and no driver uses them.
        """
        neutral = self._head.neutral_vertices
        return np.stack([self.motion(neutral + shape) for shape in self._head.expressions]) - (
            self.neutral_vertices
        )

    @cached_property
    def vertex_colors(self) -> UInt8[np.ndarray, "vertices 3"]:
        return np.concatenate([self.scan.colors, self._head.display_colors[self.scan.added_vertices]])

    @cached_property
    def texture(self) -> ScanTexture | None:
        """Pictures on the triangles of `faces`: the scan's own, then the head's, which have no picture."""
        if self.scan.texture is None:
            return None
        own = self.scan.texture.of_faces(~self.scan.bridging)
        return own.with_bare_faces(len(self.faces) - len(own.face_picture))

    @cached_property
    def _shown(self) -> Shown:
        jaw = self._head.expressions[ARKIT_NAMES.index("jawOpen")]
        moved = self.motion(self._head.neutral_vertices + jaw) - self.neutral_vertices
        return shown_scan(
            self.neutral_vertices, self.faces, self.face_part, self.vertex_colors, self.texture, moved
        )

    @property
    def display(self) -> Subdivision:
        return self._shown[0]

    @property
    def display_colors(self) -> UInt8[np.ndarray, "shown 3"]:
        return self._shown[1]

    @property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]:
        return self._shown[2]

    @property
    def written_faces(self) -> Int[np.ndarray, "scan_faces 3"]:
        return self.scan.faces

    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "scan 3"]:
        """Return the vertices that files keep: the scan's own, without the added ones.

        Args:
            vertices: (V, 3) metres, head frame: the scan's own, then the added ones.

        Returns:
            (S, 3) in the scan's own unit and frame.
        """
        return self.scan.from_head(vertices[: len(self.scan.vertices)])

    def moved(
        self, head_vertices: Float[np.ndarray, "head 3"], neutral_offset: np.ndarray | None
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the mesh for the vertices of its head.

        Args:
            head_vertices: (H, 3) metres, head frame.
            neutral_offset: (H, 3) metres by which the driver moves a neutral head; None for nowhere. A driver that
                moves the neutral head's lips apart does so by it, and it is taken out, since the scan has lips of
                its own.

        Returns:
            (V, 3) metres, head frame, float32: the scan's own vertices, then the added ones.
        """
        return self.motion(head_vertices if neutral_offset is None else head_vertices - neutral_offset)

    def closing_motion(self, seal: LipSeal) -> Float[np.ndarray, "head 3"]:
        """Return the motion of the neutral head that closes the neutral scan's lips.

        Args:
            seal: of the head's lips.

        Returns:
            (H, 3) metres, head frame; zero where the lips touch, or were scanned parted.
        """
        own = self.scan.faces[~self.scan.bridging]
        rest = self._head.neutral_vertices
        return closing_motion(seal, rest, self.scan.in_head(), own, self.motion.operator)

    def display_motion(self, neutral_offset: np.ndarray | None) -> DisplayMotion:
        """Return the shown mesh as a linear function of the head, for evaluators without this package.

        Args:
            neutral_offset: (H, 3) metres, as for `moved`.

        Returns:
            The function of the head's (H, 3) vertices; its base is the shown neutral scan.
        """
        neutral = self._head.neutral_vertices.astype(np.float32)
        return DisplayMotion(
            sparse.csr_matrix(self.display.operator @ self._whole_operator),
            self.display(self.neutral_vertices).astype(np.float32),
            neutral if neutral_offset is None else neutral + neutral_offset,
        )

    @property
    def _whole_operator(self) -> sparse.csr_matrix:
        """Motion of all vertices by the motion of the head's: the added ones are the head's own."""
        added = self.scan.added_vertices
        same = sparse.csr_matrix(
            (np.ones(len(added)), (np.arange(len(added)), added)),
            (len(added), len(self._head.neutral_vertices)),
        )
        return sparse.csr_matrix(sparse.vstack([self.motion.operator, same], format="csr"))

    def layout(self, points: Float[np.ndarray, "landmarks 3"]) -> LandmarkEmbedding:
        """Return the embedding in the head of points on the neutral scan.

        Args:
            points: (L, 3) metres, head frame.

        Returns:
            The corners on the head (L, 3) and barycentric weights (L, 3) to which the nearest scan vertices are
            bound.
        """
        return self.motion.layout(np.asarray(points, float), self.neutral_vertices)


CharacterMesh = HeadMesh | ScanMesh
"""The mesh that a character shows and writes."""


class ScanMotion:
    """The map from the head's vertices to the scan's."""

    def __init__(self, head: Head, scan: ScanSurface):
        subdivision = HeadMesh(head).display
        corners = subdivision.faces[scan.fine_face]
        moving_fine = _moving(subdivision, head)
        follows = moving_fine[corners].any(1) & scan.weights.any(1)
        self._scan, self._head = scan, head
        self._neutral = scan.in_head().astype(np.float32)
        self._rest = head.neutral_vertices
        rows = np.flatnonzero(follows)
        used, local = np.unique(corners[rows], return_inverse=True)
        self._fine = sparse.csr_matrix(subdivision.operator[used], dtype=np.float32)
        index, values = np.repeat(rows, 3), scan.weights[rows].ravel().astype(np.float32)
        binding = sparse.csr_matrix((values, (index, local.ravel())), shape=(len(scan.vertices), len(used)))
        self.operator: sparse.csr_matrix = sparse.csr_matrix(binding @ self._fine)
        """Motion of the scan's own vertices by the motion of the head's, in one step."""
        # By coordinates, not by points: SciPy's product with one long vector is the fastest there is here.
        self._binding = sparse.csr_matrix(
            sparse.kron(binding, sparse.identity(3), format="csr"), dtype=np.float32
        )

    def __call__(self, vertices: Float[np.ndarray, "head 3"]) -> Float[np.ndarray, "vertices 3"]:
        """Return the scan's own vertices, then the added ones.

        Args:
            vertices: (H, 3) metres, head frame.

        Returns:
            (V, 3) metres, head frame, float32.
        """
        motion = self._fine @ (vertices - self._rest).astype(np.float32)
        count = len(self._neutral)
        result = np.empty((count + len(self._scan.added_vertices), 3), np.float32)
        np.add(self._neutral, (self._binding @ motion.ravel()).reshape(-1, 3), out=result[:count])
        result[count:] = vertices[self._scan.added_vertices]
        return result

    def layout(self, points: Float[np.ndarray, "landmarks 3"], neutral) -> LandmarkEmbedding:
        """Return the embedding in the head of points on the neutral scan.

        Args:
            points: (L, 3) metres, head frame.
            neutral: (V, 3) metres, head frame, the neutral mesh whose first vertices are the scan's own.

        Returns:
            The corners on the head (L, 3) and barycentric weights (L, 3) to which the nearest scan vertices are
            bound.
        """
        places = neutral[: len(self._scan.vertices)].astype(float)
        nearest = np.array([np.argmin(((places - point) ** 2).sum(1)) for point in points])
        fine_face = self._scan.fine_face[nearest]
        weights = self._scan.weights[nearest].astype(float)
        fraction = np.maximum(weights.sum(1, keepdims=True), 1e-9)
        coarse = np.einsum("lk,lkc->lc", weights / fraction, CHILD_CORNERS[fine_face % 4])
        return LandmarkEmbedding(self._head.faces[fine_face // 4], coarse)


def _moving(subdivision: Subdivision, head: Head) -> Bool[np.ndarray, "fine"]:
    """Return whether any expression moves a fine vertex, or an eyeball turns it."""
    moves = np.linalg.norm(head.expressions, axis=2).max(0) > 1e-6
    moves[head.eye_vertices.ravel()] = True
    return np.asarray(subdivision.operator @ moves.astype(np.float32)) > 0

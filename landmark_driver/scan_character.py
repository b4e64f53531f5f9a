"""A scan that a registered head moves: the template is driven, and the scan's own vertices go with it.

Scan vertex i moves by Σ_k w_ik m_k over three vertices of the template's skin, one Loop step finer, whose
motion is m = S (v - v₀). Teeth, tongue, cavities and eyeballs that the scan lacks follow after its vertices.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int, UInt8

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.drivers.linear_driver import NEUTRAL_GAZE
from landmark_driver.geometry.subdivision import Subdivision
from landmark_driver.head.display_mesh import shown_scan
from landmark_driver.head.landmark_embedding import LandmarkEmbedding, embed_points
from landmark_driver.head.scan_texture import ScanTexture, texture_from_arrays
from landmark_driver.tissue.tissue_setting import SAME_TISSUE

if TYPE_CHECKING:
    from landmark_driver.drivers.gaussian_process_driver import GaussianProcessDriver
    from landmark_driver.drivers.linear_driver import LinearDriver
    from landmark_driver.drivers.sparse_driver import SparseDriver
    from landmark_driver.drivers.weights_driver import WeightsDriver

PREFIX = "scan."
_CHILD_CORNERS = np.array(
    [
        [[1, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]],
        [[0, 1, 0], [0, 0.5, 0.5], [0.5, 0.5, 0]],
        [[0, 0, 1], [0.5, 0, 0.5], [0, 0.5, 0.5]],
        [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]],
    ]
)
"""Corners of the four triangles that subdivision makes of one, in its barycentric coordinates."""


@dataclass(frozen=True)
class ScanSurface:
    """The scan as its file has it, and how it hangs on the template."""

    vertices: Float[np.ndarray, "scan 3"]
    """In the scan's own unit, frame and order."""
    faces: Int[np.ndarray, "scan_faces 3"]
    bridging: Bool[np.ndarray, "scan_faces"]
    """Triangles across the closed mouth, which are not shown."""
    fine_face: Int[np.ndarray, "scan"]
    """Triangle of the template's fine mesh that each vertex goes with."""
    weights: Float[np.ndarray, "scan 3"]
    """Barycentric, times how much of the motion the vertex follows: 0 for hair and shoulders."""
    colors: UInt8[np.ndarray, "scan 3"]
    """sRGB."""
    extra: Int[np.ndarray, "extra"]
    """Template vertices that are shown beside the scan: teeth, tongue, eyeballs, cavities."""
    T_head_scan: Float[np.ndarray, "4 4"]
    """Scan frame in metres to head frame, rigid."""
    scale_to_metres: float
    texture: ScanTexture | None = None

    def in_head(self) -> Float[np.ndarray, "scan 3"]:
        """The neutral vertices in metres in the head frame."""
        metres = self.scale_to_metres * self.vertices.astype(float)
        return metres @ self.T_head_scan[:3, :3].T + self.T_head_scan[:3, 3]

    def from_head(self, points: Float[np.ndarray, "scan 3"]) -> Float[np.ndarray, "scan 3"]:
        """Points of the head frame in the scan's own unit and frame."""
        metres = (points - self.T_head_scan[:3, 3].astype(points.dtype)) @ self.T_head_scan[:3, :3].astype(
            points.dtype
        )
        return metres / np.asarray(self.scale_to_metres, points.dtype)


class ScanCharacter(Character):
    """Vertices are the scan's own in its own order, then the extra ones of the template; metres, head frame."""

    def __init__(self, template: Character, scan: ScanSurface):
        neutral = np.concatenate([scan.in_head(), template.neutral_vertices[scan.extra]])
        place = np.full(len(template.neutral_vertices), -1)
        place[scan.extra] = len(scan.vertices) + np.arange(len(scan.extra))
        extra_faces = (place[template.faces] >= 0).all(1)
        own_faces = scan.faces[~scan.bridging]
        eyes = place[template.eye_vertices]
        values = {
            "_template": template,
            "scan": scan,
            "neutral_vertices": neutral.astype(np.float32),
            "faces": np.concatenate([own_faces, place[template.faces[extra_faces]]]).astype(np.int32),
            "face_part": np.concatenate(
                [np.zeros(len(own_faces), np.uint8), template.face_part[extra_faces]]
            ),
            "landmark_groups": template.landmark_groups,
            "eye_centres": template.eye_centres,
            "eye_vertices": eyes if (eyes >= 0).all() else np.zeros((2, 0), np.int32),
            "gaze_turns": template.gaze_turns,
            "paint_colors": np.zeros((0, 3), np.uint8),
            "paint_amounts": np.zeros((0, 0), np.uint8),
            "provenance": template.provenance,
            "network": template.network,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    _template: Character
    scan: ScanSurface

    @property
    def template(self) -> Character:
        return self._template

    @cached_property
    def motion(self) -> ScanMotion:
        return ScanMotion(self.template, self.scan)

    @cached_property
    def expressions(self) -> Float[np.ndarray, "52 vertices 3"]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Made when asked for: 600 bytes a vertex, which no driver needs."""
        neutral = self.template.neutral_vertices
        return np.stack([self.motion(neutral + shape) for shape in self.template.expressions]) - (
            self.neutral_vertices
        )

    @cached_property
    def embedding(self) -> LandmarkEmbedding:  # pyright: ignore[reportIncompatibleMethodOverride]
        return embed_points(self.neutral_landmarks, self.neutral_vertices, self.faces)

    @property
    def landmark_corners(self) -> Int[np.ndarray, "478 3"]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.embedding.corners

    @property
    def landmark_weights(self) -> Float[np.ndarray, "478 3"]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.embedding.weights

    @property
    def neutral_landmarks(self) -> Float[np.ndarray, "478 3"]:
        return self.template.neutral_landmarks

    @property
    def landmark_expressions(self) -> Float[np.ndarray, "52 478 3"]:
        return self.template.landmark_expressions

    @cached_property
    def vertex_colors(self) -> UInt8[np.ndarray, "vertices 3"]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return np.concatenate([self.scan.colors, self.template.display_colors[self.scan.extra]])

    @cached_property
    def texture(self) -> ScanTexture | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """On the triangles of `faces`: the scan's own, then those of the template, which have no picture."""
        if self.scan.texture is None:
            return None
        own = self.scan.texture.of_faces(~self.scan.bridging)
        return own.with_bare_faces(len(self.faces) - len(own.face_picture))

    @cached_property
    def _shown(self) -> tuple[Subdivision, UInt8[np.ndarray, "shown 3"], UInt8[np.ndarray, "shown_faces"]]:
        jaw = self.template.expressions[ARKIT_NAMES.index("jawOpen")]
        moved = self.motion(self.template.neutral_vertices + jaw) - self.neutral_vertices
        return shown_scan(
            self.neutral_vertices, self.faces, self.face_part, self.vertex_colors, self.texture, moved
        )

    @property
    def display(self) -> Subdivision:
        return self._shown[0]

    @property
    def display_colors(self) -> UInt8[np.ndarray, "shown 3"]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._shown[1]

    @property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]:
        return self._shown[2]

    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "scan 3"]:
        """The scan's own vertices in its own unit and frame, without the extra ones."""
        return self.scan.from_head(vertices[: len(self.scan.vertices)])

    @property
    def written_faces(self) -> Int[np.ndarray, "scan_faces 3"]:
        return self.scan.faces

    def driver(self, points: Float[np.ndarray, "landmarks 3"] | None = None) -> ScanDriver:
        """For MediaPipe's 478 points, or for any points given on the neutral scan (metres, head frame).

        Given points count as exact: in usual tissue a landmark field takes them, which leaves least of an error.
        """
        from landmark_driver.drivers.gaussian_process_driver import GaussianProcessDriver

        if points is None:
            return ScanDriver(self, self._template_driver())
        layout = self.motion.layout(np.asarray(points, float), self.neutral_vertices)
        network = self.template.network
        if network is not None and np.abs(network.shown.code()).max() > SAME_TISSUE:
            return ScanDriver(self, SparseDriver(self.template, network.fold(layout)))
        return ScanDriver(self, GaussianProcessDriver(self.template, layout))

    def with_material(
        self, values: dict[str, float], gravity: tuple[float, float, float] | None = None
    ) -> ScanCharacter:
        return ScanCharacter(self.template.with_material(values, gravity), self.scan)

    def _template_driver(self) -> LinearDriver | SparseDriver:
        driver = self.template.driver()
        assert not isinstance(driver, ScanDriver), "a template is no scan"
        return driver

    def save(self, path: Path, more: dict[str, np.ndarray] | None = None) -> None:
        self.template.save(path, scan_arrays(self.scan) | (more or {}))


class ScanMotion:
    """From the template's vertices to the scan's."""

    def __init__(self, template: Character, scan: ScanSurface):
        subdivision = template.display
        corners = subdivision.faces[scan.fine_face]
        moving_fine = _moving(subdivision, template)
        follows = moving_fine[corners].any(1) & scan.weights.any(1)
        self._scan, self._template = scan, template
        self._neutral = scan.in_head().astype(np.float32)
        self._rest = template.neutral_vertices
        rows = np.flatnonzero(follows)
        used, local = np.unique(corners[rows], return_inverse=True)
        self._fine = sparse.csr_matrix(subdivision.operator[used], dtype=np.float32)
        index, values = np.repeat(rows, 3), scan.weights[rows].ravel().astype(np.float32)
        hang = sparse.csr_matrix((values, (index, local.ravel())), shape=(len(scan.vertices), len(used)))
        self.operator: sparse.csr_matrix = sparse.csr_matrix(hang @ self._fine)
        """Motion of the scan's own vertices by that of the template's, in one step."""
        # By coordinates, not by points: SciPy's product with one long vector is the fastest there is here.
        self._hang = sparse.csr_matrix(sparse.kron(hang, sparse.identity(3), format="csr"), dtype=np.float32)

    def __call__(self, vertices: Float[np.ndarray, "template 3"]) -> Float[np.ndarray, "vertices 3"]:
        """Scan vertices and extra ones, float32, metres, head frame."""
        motion = self._fine @ (vertices - self._rest).astype(np.float32)
        count = len(self._neutral)
        result = np.empty((count + len(self._scan.extra), 3), np.float32)
        np.add(self._neutral, (self._hang @ motion.ravel()).reshape(-1, 3), out=result[:count])
        result[count:] = vertices[self._scan.extra]
        return result

    def layout(self, points: Float[np.ndarray, "landmarks 3"], neutral) -> LandmarkEmbedding:
        """Points on the neutral scan as places on the template: where the nearest scan vertex hangs."""
        places = neutral[: len(self._scan.vertices)].astype(float)
        nearest = np.array([np.argmin(((places - point) ** 2).sum(1)) for point in points])
        fine_face = self._scan.fine_face[nearest]
        weights = self._scan.weights[nearest].astype(float)
        share = np.maximum(weights.sum(1, keepdims=True), 1e-9)
        coarse = np.einsum("lk,lkc->lc", weights / share, _CHILD_CORNERS[fine_face % 4])
        return LandmarkEmbedding(self._template.faces[fine_face // 4], coarse)


class ScanDriver:
    """Moves a scan from one layout of landmarks. Call it once a frame."""

    def __init__(
        self,
        character: ScanCharacter,
        driver: LinearDriver | SparseDriver | WeightsDriver | GaussianProcessDriver,
    ):
        from landmark_driver.drivers.sparse_driver import SparseDriver
        from landmark_driver.drivers.weights_driver import WeightsDriver

        self._drive, self._motion = driver, character.motion
        self._parted = np.zeros((1, 3), np.float32)
        if isinstance(driver, SparseDriver | WeightsDriver):
            self._parted = parted_lips(character.template)

    @property
    def weights(self) -> Float[np.ndarray, "52"]:
        """ARKit weights of the last frame."""
        return self._drive.weights

    def __call__(
        self,
        displacements: Float[np.ndarray, "landmarks 3"],
        mask: Bool[np.ndarray, "landmarks"] | None = None,
        gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE,
    ) -> Float[np.ndarray, "vertices 3"]:
        """The scan's vertices, then the extra ones (float32, metres, head frame)."""
        return self._motion(self._drive(displacements, mask, gaze) - self._parted)


def parted_lips(template: Character) -> Float[np.ndarray, "vertices 3"]:
    """By how much a driver that parts lips moves those of the neutral head; the scan has its own."""
    assert template.network is not None, "only networks part lips"
    neutral = template.neutral_vertices.astype(np.float32)
    parted = neutral.copy()
    template.network.weights.lips(parted)
    return parted - neutral


def scan_arrays(scan: ScanSurface) -> dict[str, np.ndarray]:
    """For the character file."""
    return {
        PREFIX + "vertices": scan.vertices.astype(np.float64),
        PREFIX + "faces": scan.faces.astype(np.int32),
        PREFIX + "bridging": scan.bridging.astype(np.uint8),
        PREFIX + "fine_face": scan.fine_face.astype(np.int32),
        PREFIX + "weights": scan.weights.astype(np.float32),
        PREFIX + "colors": scan.colors.astype(np.uint8),
        PREFIX + "extra": scan.extra.astype(np.int32),
        PREFIX + "T_head_scan": scan.T_head_scan.astype(np.float64),
        PREFIX + "scale_to_metres": np.array([scan.scale_to_metres]),
    } | {PREFIX + name: array for name, array in (scan.texture.arrays() if scan.texture else {}).items()}


def scan_from_arrays(arrays: dict[str, np.ndarray]) -> ScanSurface:
    values = {name.removeprefix(PREFIX): array for name, array in arrays.items()}
    values["bridging"] = values["bridging"].astype(bool)
    scale = float(values.pop("scale_to_metres")[0])
    own = {item.name: values[item.name] for item in fields(ScanSurface) if item.name in values}
    return ScanSurface(**own, scale_to_metres=scale, texture=texture_from_arrays(values))


def _moving(subdivision: Subdivision, template: Character) -> Bool[np.ndarray, "fine"]:
    """Fine vertices that any expression moves, or that turn with an eyeball."""
    moves = np.linalg.norm(template.expressions, axis=2).max(0) > 1e-6
    moves[template.eye_vertices.ravel()] = True
    return np.asarray(subdivision.operator @ moves.astype(np.float32)) > 0

"""A driver of a head, and the mesh that follows it: `live`, `drive` and `Character.driver()` run it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.drivers.head_driver import DrivenHead, DriverInput, HeadDriver, MaterialDriver
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.head.scan_mesh import CharacterMesh, ScanMesh


@dataclass(frozen=True)
class MeshDriver:
    """A driver of a character's mesh: a head's own, or a scan that is bound to it."""

    head_driver: HeadDriver
    mesh: CharacterMesh

    @cached_property
    def neutral_offset(self) -> Float[np.ndarray, "head 3"] | None:
        """Metres by which the driver moves a neutral head without moving the mesh; a scan keeps its own lips, but for
        closing them."""
        offset, material = self.head_driver.neutral_offset, self.material
        if offset is None or material is None or material.seal is None or not isinstance(self.mesh, ScanMesh):
            return offset
        return offset - self.mesh.closing_motion(material.seal).astype(offset.dtype)

    def __call__(self, given: DriverInput) -> DrivenHead:
        """Return the moved mesh.

        Args:
            given: (L, 3) displacements in metres, head frame, with mask, gaze and sway.

        Returns:
            The mesh's vertices (V, 3) in metres, head frame, float32, with weights and gaze.
        """
        return self.follow(self.head_driver(given))

    def follow(self, moved: DrivenHead) -> DrivenHead:
        """Return the mesh that is bound to a moved head.

        Args:
            moved: the head's vertices in metres, head frame, with weights and gaze.

        Returns:
            The mesh's vertices (V, 3) in metres, head frame, float32, with the same weights and gaze.
        """
        vertices = self.mesh.moved(moved.vertices, self.neutral_offset)
        return moved if vertices is moved.vertices else DrivenHead(vertices, moved.weights, moved.gaze)

    @property
    def material(self) -> MaterialDriver | None:
        """The head's driver where its head has tissue; None for other drivers."""
        return self.head_driver if isinstance(self.head_driver, MaterialDriver) else None


@dataclass(frozen=True)
class VertexDriver:
    """A driver as a function from landmark displacements to vertices."""

    driver: MeshDriver

    def __call__(
        self,
        displacements: Float[np.ndarray, "landmarks 3"],
        mask: Bool[np.ndarray, "landmarks"] | None = None,
        gaze: Float[np.ndarray, "2 2"] = NEUTRAL_GAZE,
        sway_m_s2: Float[np.ndarray, "3"] | None = None,
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the moved vertices.

        Args:
            displacements: (L, 3) metres from neutral, head frame.
            mask: (L,) landmarks that are False, or not finite, count for nothing; None for all.
            gaze: (2, 2) radians, (left, right) x (yaw, pitch).
            sway_m_s2: (3,) m/s^2, head frame: acceleration that acts on tissue besides gravity; None for none.

        Returns:
            (V, 3) metres, head frame, float32.
        """
        return self.driver(DriverInput(displacements, mask, gaze, sway_m_s2)).vertices

    def settle(self, frames: Iterable[Float[np.ndarray, "landmarks 3"]]) -> None:
        """Take the residual that some frames of one person ask for; drivers without one stay as they are.

        Args:
            frames: (L, 3) displacements in metres from neutral, head frame, of up to 64 frames.
        """
        if isinstance(self.driver.head_driver, SparseDriver):
            self.driver.head_driver.choose(DriverInput(displacements) for displacements in frames)

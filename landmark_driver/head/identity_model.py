"""What every source of identities provides: neutral vertices, topology, and ARKit displacements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int, UInt8

from capture.softdeca_error import SoftdecaError

PARTS = (
    "skin",
    "mouth_cavity",
    "eye_cavity_left",
    "eye_cavity_right",
    "tongue",
    "teeth_upper",
    "teeth_lower",
    "eyeball_left",
    "eyeball_right",
)
"""The parts of a head mesh. A vertex shared by the skin and a cavity belongs to the skin."""


class HeadModelError(SoftdecaError):
    """A head model, identity or mesh that cannot be used."""


@dataclass(frozen=True)
class HeadTopology:
    """What all heads of one identity model share. Left and right are the subject's."""

    faces: Int[np.ndarray, "faces 3"]
    face_part: UInt8[np.ndarray, "faces"]
    """Index into `PARTS` for every triangle."""
    vertex_part: UInt8[np.ndarray, "vertices"]
    lip_loop: Int[np.ndarray, "lip_vertices"]
    """The skin's edge along the mouth, in order."""
    neck_loop: Int[np.ndarray, "neck_vertices"]
    eye_loops: tuple[Int[np.ndarray, "lid_vertices"], Int[np.ndarray, "lid_vertices"]]
    """The skin's edges along the lids, left eye first."""

    @property
    def vertex_count(self) -> int:
        return len(self.vertex_part)

    def vertices_of(self, part: str) -> Int[np.ndarray, "part_vertices"]:
        return np.flatnonzero(self.vertex_part == PARTS.index(part))

    def faces_of(self, *parts: str) -> Int[np.ndarray, "part_faces 3"]:
        return self.faces[np.isin(self.face_part, [PARTS.index(part) for part in parts])]


@dataclass(frozen=True)
class IdentityHead:
    """One person's neutral head, in the head frame (metres, +x left, +y up, +z out of the face)."""

    topology: HeadTopology
    vertices: Float[np.ndarray, "vertices 3"]
    coefficients: Float[np.ndarray, "coefficients"]


class IdentityModel(Protocol):
    """A family of heads with one topology. Vertices are float64, metres, head frame."""

    @property
    def name(self) -> str: ...

    @property
    def topology(self) -> HeadTopology: ...

    @property
    def coefficient_names(self) -> tuple[str, ...]: ...

    def head(self, coefficients: Float[np.ndarray, "coefficients"]) -> IdentityHead:
        """The neutral head of these coefficients."""
        ...

    def mean(self) -> IdentityHead:
        """The default adult."""
        ...

    def sample(self, rng: np.random.Generator, spread: float = 1.0) -> IdentityHead:
        """A random adult; `spread` 1 is plausible, larger is more unusual."""
        ...

    def template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """ARKit displacements of the default adult, canonical order, metres."""
        ...

    def gaze_turns(self) -> Float[np.ndarray, "52 2 3"]:
        """Rotation vectors of the left and the right eyeball at weight one, radians."""
        ...

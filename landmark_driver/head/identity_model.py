"""What every source of identities provides: neutral vertices, topology, and ARKit displacements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int, UInt8

from capture.softdeca_error import SoftdecaError
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.linear_identities import LinearIdentities

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


@dataclass(frozen=True, eq=False)
class IdentityHead:
    """One person's neutral head, in the head frame (metres, +x left, +y up, +z out of the face)."""

    topology: HeadTopology
    vertices: Float[np.ndarray, "vertices 3"]
    coefficients: Float[np.ndarray, "coefficients"]


class HeadModel(Protocol):
    """A family of heads with one topology, its own. Vertices are float64, metres, head frame."""

    @property
    def name(self) -> str: ...

    @property
    def topology(self) -> HeadTopology: ...

    @property
    def coefficient_names(self) -> tuple[str, ...]: ...

    def head(self, coefficients: Float[np.ndarray, "coefficients"]) -> IdentityHead:
        """Make the neutral head of these coefficients."""
        ...

    def mean(self) -> IdentityHead:
        """Make the default adult."""
        ...

    def sample(self, rng: np.random.Generator, spread: float = 1.0) -> IdentityHead:
        """Draw a random adult; `spread` 1 is plausible, larger is more unusual."""
        ...

    def sample_whole_range(self, rng: np.random.Generator) -> IdentityHead:
        """Draw every coefficient evenly from its range: a stress test, not a person."""
        ...


class IdentityModel(HeadModel, Protocol):
    """A family of heads of the template's topology: the one that layers, physics and networks are made for."""

    def template(self) -> IdentityHead:
        """Return the head that labels by place (regions, bones, landmarks, colours) are decided on.

        It is the same object in every call, and symmetric. Its vertices stand where the labels expect them, so
        it need not be a head of this family.
        """
        ...

    def template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """Return the template's ARKit displacements, canonical order, metres."""
        ...

    def gaze_turns(self) -> Float[np.ndarray, "52 2 3"]:
        """Return the rotation vectors of the left and the right eyeball at weight one, radians."""
        ...

    def landmark_embedding(self) -> LandmarkEmbedding:
        """Return the places of MediaPipe's 478 landmarks on the template's triangles."""
        ...

    def linear(self, start: Float[np.ndarray, "coefficients"] | None = None) -> LinearIdentities:
        """Make the model linear around these coefficients, or around its mean."""
        ...

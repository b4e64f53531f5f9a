"""The protocol of every source of identities: neutral vertices, topology, and ARKit displacements."""

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
    """The topology that all heads of one identity model have in common. Left and right are the subject's."""

    faces: Int[np.ndarray, "faces 3"]
    face_part: UInt8[np.ndarray, "faces"]
    """Index into `PARTS` for every triangle."""
    vertex_part: UInt8[np.ndarray, "vertices"]
    """Index into `PARTS` for every vertex."""
    lip_loop: Int[np.ndarray, "lip_vertices"]
    """The skin's edge along the mouth, in order."""
    neck_loop: Int[np.ndarray, "neck_vertices"]
    """The skin's edge around the neck, in order."""
    eye_loops: tuple[Int[np.ndarray, "_"], Int[np.ndarray, "_"]]
    """The skin's edges along the lids, left eye first."""

    @property
    def vertex_count(self) -> int:
        return len(self.vertex_part)

    def vertices_of(self, part: str) -> Int[np.ndarray, "part_vertices"]:
        """Return the vertices of one part.

        Args:
            part: one of `PARTS`.

        Returns:
            (P,) rising vertex indices.

        Raises:
            ValueError: `part` is not one of `PARTS`.
        """
        return np.flatnonzero(self.vertex_part == PARTS.index(part))

    def faces_of(self, *parts: str) -> Int[np.ndarray, "part_faces 3"]:
        """Return the triangles of some parts.

        Args:
            *parts: some of `PARTS`.

        Returns:
            (P, 3) vertex indices of the whole head, in the order of `faces`.

        Raises:
            ValueError: one of `parts` is not one of `PARTS`.
        """
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
        """Make the neutral head of some coefficients.

        Args:
            coefficients: (C,) in the order of `coefficient_names`.

        Returns:
            The head: vertices (V, 3) metres, head frame.

        Raises:
            HeadModelError: coefficients that are not C finite numbers.
        """
        ...

    def mean(self) -> IdentityHead:
        """Make the default adult.

        Returns:
            The head: vertices (V, 3) metres, head frame.
        """
        ...

    def sample(self, rng: np.random.Generator, spread: float = 1.0) -> IdentityHead:
        """Draw a random adult.

        Args:
            rng: the source of randomness.
            spread: width of the draw; 1 is plausible, larger is more unusual.

        Returns:
            The head: vertices (V, 3) metres, head frame.
        """
        ...

    def sample_whole_range(self, rng: np.random.Generator) -> IdentityHead:
        """Draw every coefficient evenly from its range: a stress test, not a person.

        Args:
            rng: the source of randomness.

        Returns:
            The head: vertices (V, 3) metres, head frame.
        """
        ...


class IdentityModel(HeadModel, Protocol):
    """A family of heads of the template's topology: the one that layers, physics and networks are made for."""

    def template(self) -> IdentityHead:
        """Return the head on which labels by position (regions, bones, landmarks, colours) are decided.

        Returns:
            The same object in every call, and symmetric. Its vertices stand where the labels expect them, so
            it need not be a head of this family.
        """
        ...

    def template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """Return the template's ARKit displacements.

        Returns:
            (52, V, 3) metres at weight one, canonical order.
        """
        ...

    def gaze_turns(self) -> Float[np.ndarray, "52 2 3"]:
        """Return the rotations of the eyeballs by the ARKit shapes.

        Returns:
            (52, 2, 3) radians: rotation vectors of the left and the right eyeball at weight one.
        """
        ...

    def landmark_embedding(self) -> LandmarkEmbedding:
        """Return the embedding of MediaPipe's landmarks in the template.

        Returns:
            The corners (478, 3) and barycentric weights (478, 3) of the landmarks.
        """
        ...

    def linear(self, start: Float[np.ndarray, "coefficients"] | None = None) -> LinearIdentities:
        """Make the model linear.

        Args:
            start: (C,) coefficients around which it is linear; None for its mean.

        Returns:
            The head at `start` and directions from it, metres.
        """
        ...

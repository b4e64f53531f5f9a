"""The stages of the compiled frame that end in vertices, in NumPy, float32.

    decoder     v = r + (I + M)(z - z₀) D                                         (`latent_decoder.py`)
    edit        v ← v + [w, w²] C B,  w = the weights of z in 0..1                (`solved_edit.py`)
    sway        v ← v + a K                                                       (`character_network.py`)
    eyes        v ← v with eyeballs turned by the gaze                            (`eyes.py`)

z₀ is the latent at rest, which is shown as the neutral head; M and r belong to the target material, and so does the
table of the stage `edit`, which only material with a solved table has.
`latent_stages.py` has those that come before, and `lip_stages.py` those that move lips between `sway` and `eyes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head.eyes import turn_about
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.head_basis import HeadBasis
from landmark_driver.network.latent_decoder import LatentDecoder
from landmark_driver.network.sway_mode import SwayMode

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Decoder:
    """A latent to vertices: the head at rest, moved by the latent's difference from the latent at rest."""

    basis: HeadBasis
    decoder: LatentDecoder
    symmetric_head: Float[np.ndarray, "vertices 3"]
    """A head that is its own mirror image, in units of head scale, for the decoder's two halves (`mirrored_basis.py`)."""
    neutral_vertices: Float[np.ndarray, "vertices 3"]
    rest_latent: Float[np.ndarray, "latent"]
    """The latent of a face that does not move, which is shown as the neutral one."""
    material_map: Float[np.ndarray, "latent latent"] | None = None
    """M: the target material adds M times the latent's difference from rest; None for the default one."""
    material_rest: Float[np.ndarray, "latent"] | None = None
    """The latent that the target material adds at rest; None for the default one."""
    solved_rest: Float[np.ndarray, "vertices 3"] | None = None
    """The head at rest as the simulator solved it, metres, head frame; None shows the network's own."""
    name = "decoder"

    def __call__(self, frame: Frame) -> None:
        assert frame.latent is not None
        away = frame.latent - self.rest_latent
        if self.material_map is not None:
            away = away + self.material_map @ away
        moved = self.decoder(away)
        vertices = self.resting_vertices.ravel().copy()
        vertices[: len(moved)] += moved
        frame.vertices = vertices.reshape(-1, 3)

    @cached_property
    def resting_vertices(self) -> Float[np.ndarray, "vertices 3"]:
        """Vertices for the latent at rest, (V, 3) metres, head frame."""
        if self.solved_rest is not None:
            return self.solved_rest.astype(np.float32)
        neutral = self.neutral_vertices.astype(np.float32)
        if self.material_rest is None:
            return neutral
        return neutral + (self.material_rest.astype(np.float32) @ self.basis.matrix).reshape(-1, 3)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            Arrays by name, metres, without the vertices that the basis leaves where they are. `shared` and `symmetric_head`
            are over head scale, `shared` in half precision as trained.
        """
        basis = self.basis
        vertices = basis.moving_vertices
        coordinates = coordinates_of(vertices)
        return {
            "own": basis.own[:, coordinates],
            "shared": basis.shared[:, coordinates],
            "scale": np.array([basis.scale], np.float32),
            "vertices": vertices.astype(np.int32),
            "symmetric_head": self.symmetric_head.astype(np.float32),
        } | self.resting_arrays()

    def resting_arrays(self) -> Arrays:
        """Return the arrays besides the basis.

        Returns:
            `neutral_vertices`, `resting_vertices` (V, 3) metres, `rest_latent`, `material_rest` (Z,) and `material_map` (Z, Z).
        """
        latents = len(self.rest_latent)
        return {
            "neutral_vertices": self.neutral_vertices.astype(np.float32),
            "resting_vertices": self.resting_vertices,
            "rest_latent": np.asarray(self.rest_latent, np.float32),
            "material_map": _filled(self.material_map, (latents, latents)),
            "material_rest": _filled(self.material_rest, (latents,)),
        }

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The material map where there is one, then the decoder's matrices.
        """
        mapped = () if self.material_map is None else (self.material_map,)
        return (*mapped, *self.decoder.matrices)


@dataclass(frozen=True)
class Edit:
    """The solved effect of an edit on the head's own shapes: [w, w²] C B at some vertices."""

    coefficients: Float[np.ndarray, "terms directions"]
    """C: (104, K) metres."""
    directions: Float[np.ndarray, "directions coordinates"]
    """B: (K, 3 S) float32, of size one."""
    vertices: Int[np.ndarray, "moved"]
    rest_latent: Float[np.ndarray, "latent"]
    """The decoder's."""
    name = "edit"

    def __call__(self, frame: Frame) -> None:
        assert frame.latent is not None and frame.vertices is not None
        shapes = len(self.coefficients) // 2
        weights = np.clip(WEIGHT_UNIT * (frame.latent - self.rest_latent)[:shapes], 0, 1)
        terms = np.concatenate([weights, weights * weights]) @ self.coefficients
        frame.vertices[self.vertices] += (terms @ self.directions).reshape(-1, 3)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `coefficients` (104, K) metres, `directions` (K, 3 S) and `vertices` (S,).
        """
        return {
            "coefficients": self.coefficients.astype(np.float32),
            "directions": self.directions,
            "vertices": self.vertices.astype(np.int32),
        }

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            Coefficients and directions.
        """
        return (self.coefficients, self.directions)


@dataclass(frozen=True)
class Sway:
    """Tissue that gives way to an acceleration besides gravity."""

    gravity_compliance: Float[np.ndarray, "3 coordinates"]
    """Displacements of tissue under 1 m/s^2 along each axis, metres, head frame."""
    mode: SwayMode
    name = "sway"

    def __call__(self, frame: Frame) -> None:
        assert frame.vertices is not None
        if frame.sway_m_s2 is not None:
            moved = frame.sway_m_s2.astype(np.float32) @ self.gravity_compliance
            frame.vertices += moved.reshape(-1, 3)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `vertices` (S,) that sway, `compliance` (3, S, 3) metres, `omega` radians a second, `centre` metres.
        """
        swaying = np.flatnonzero(self.gravity_compliance.reshape(3, -1, 3).any((0, 2)))
        return {
            "vertices": swaying.astype(np.int32),
            "compliance": self.gravity_compliance.reshape(3, -1, 3)[:, swaying],
            "omega": np.array([self.mode.omega]),
            "centre": self.mode.centre_m,
        }

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The gravity compliance.
        """
        return (self.gravity_compliance,)


@dataclass(frozen=True)
class Eyes:
    """Eyeballs turned about their centres from where they are on the neutral head."""

    neutral_vertices: Float[np.ndarray, "vertices 3"]
    eye_vertices: Int[np.ndarray, "2 eye_vertices"]
    centres: Float[np.ndarray, "2 3"]
    name = "eyes"

    def __call__(self, frame: Frame) -> None:
        assert frame.vertices is not None
        turn_about(frame.vertices, self.neutral_vertices, self.eye_vertices, self.centres, frame.gaze)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `vertices` (2, E) int32 and `centres` (2, 3) metres, head frame.
        """
        return {"vertices": self.eye_vertices.astype(np.int32), "centres": self.centres.astype(float)}

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            None: two rotations take no matrix of the head.
        """
        return ()


def sway_mode_of(program: FrameProgram) -> SwayMode:
    """Return how the tissue of a program swings.

    Args:
        program: with the stage `sway`.

    Returns:
        The speed and the centre of the swing.
    """
    sway = program.stage("sway")
    assert isinstance(sway, Sway)
    return sway.mode


def decoder_of(program: FrameProgram) -> Decoder:
    """Return the stage that makes vertices.

    Args:
        program: from landmarks or ARKit weights to vertices.

    Returns:
        Its stage decoder.
    """
    stage = program.stage("decoder")
    assert isinstance(stage, Decoder)
    return stage


def coordinates_of(vertices: Int[np.ndarray, "some"]) -> Int[np.ndarray, "coordinates"]:
    """Return the indices of vertices' coordinates in a flat array of all.

    Args:
        vertices: (N,) indices.

    Returns:
        (3 N,) indices: x, y and z of the first vertex, then of the next.
    """
    return (3 * vertices[:, None] + np.arange(3)).ravel()


def _filled(array: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    return np.zeros(shape, np.float32) if array is None else array.astype(np.float32)

"""The stages of the compiled frame in NumPy, float32.

    looks       l = the eyeLook latents of the gaze
    posterior   z = G (d - L l) + g,  eyeLook entries are l                       (`landmark_posterior.py`)
    corrector   z ← z + C(z)                                                      (`film_network.py`)
    bounds      z ← the likeliest latent whose weights are in 0..1                (`bounded_latent.py`)
    forward     z = F(w), from ARKit weights instead of landmarks                 (`film_network.py`)
    decoder     v = r + (I + M)(z - z₀) D                                         (`latent_decoder.py`)
    sway        v ← v + a K                                                       (`character_network.py`)
    lips        v ← v with lips that do not cross                                 (`lip_separation.py`)
    eyes        v ← v with eyeballs turned by the gaze                            (`eyes.py`)

z₀ is the latent at rest, which is shown as the neutral head; M and r belong to the target material.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head.eyes import EYE_LOOKS, eye_look_weights, turn_about
from landmark_driver.head.lip_separation import LipSeparation
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.film_network import WEIGHT_UNIT, FoldedLayers
from landmark_driver.network.frame_program import Frame
from landmark_driver.network.head_basis import HeadBasis
from landmark_driver.network.landmark_posterior import LandmarkPosterior, MaskedPosterior
from landmark_driver.network.latent_decoder import LatentDecoder
from landmark_driver.network.sway_mode import SwayMode

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Looks:
    """The gaze as latents of the eight eyeLook shapes."""

    gaze_turns: Float[np.ndarray, "52 2 3"]
    name = "looks"

    def __call__(self, frame: Frame) -> None:
        weights = eye_look_weights(frame.gaze, self.gaze_turns)[EYE_LOOKS]
        frame.look_latents = (weights / WEIGHT_UNIT).astype(np.float32)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `gaze_turns` (52, 2, 3) radians.
        """
        return {"gaze_turns": self.gaze_turns.astype(float)}

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            None: the gaze takes no product.
        """
        return ()


class Posterior:
    """Landmarks to the posterior mean of the latent. The system of a mask is solved anew when the mask changes."""

    name = "posterior"

    def __init__(
        self,
        gain: Float[np.ndarray, "latent coordinates"],
        offset: Float[np.ndarray, "latent"],
        looks: Float[np.ndarray, "coordinates 8"] | None,
        whole: LandmarkPosterior | None = None,
    ):
        """Take matrices of all landmarks, and the posterior itself where some of them may be masked.

        Args:
            gain: (Z, 3 L) latent for each metre of displacement.
            offset: (Z,) latent without any displacement.
            looks: (3 L, 8) metres, displacements of the landmarks for eyeLook latents of one; None where gaze is not known.
            whole: the posterior that masks are taken from; None where no landmark is masked.
        """
        self.gain, self.offset = np.ascontiguousarray(gain, np.float32), offset.astype(np.float32)
        self.looks, self.whole = looks, whole
        self._masked: tuple[bytes, MaskedPosterior] | None = None

    def __call__(self, frame: Frame) -> None:
        flat = frame.displacements
        assert flat is not None, "landmarks drive this program"
        if self.looks is not None:
            assert frame.look_latents is not None, "the stage 'looks' runs before"
            flat = flat - self.looks @ frame.look_latents
        if frame.seen is None or frame.seen.all():
            latent = self.gain @ flat + self.offset
        else:
            latent = self._without(frame.seen)(flat).astype(np.float32)
        if self.looks is not None:
            latent[EYE_LOOKS] = frame.look_latents
        frame.latent = latent

    def _without(self, seen: np.ndarray) -> MaskedPosterior:
        assert self.whole is not None, "a program that was read from a file takes all landmarks"
        key = seen.tobytes()
        if self._masked is None or self._masked[0] != key:
            self._masked = (key, self.whole.without(np.repeat(seen, 3)))
        return self._masked[1]

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `gain` (Z, 3 L), `offset` (Z,), and `looks` (3 L, 8) where gaze is known.
        """
        arrays = {"gain": self.gain, "offset": self.offset}
        return arrays if self.looks is None else arrays | {"looks": self.looks}

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The gain, and the looks where gaze is known.
        """
        return (self.gain,) if self.looks is None else (self.gain, self.looks)


@dataclass(frozen=True)
class Corrector:
    """The folded corrector: three hidden layers, whose output is added."""

    layers: FoldedLayers
    name = "corrector"

    def __call__(self, frame: Frame) -> None:
        assert frame.latent is not None
        frame.latent = frame.latent + self.layers(frame.latent)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            Arrays of the folded layers, as `layer_arrays` names them.
        """
        return layer_arrays(self.layers)

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The hidden layers in order, then the output's.
        """
        return (*(weight for weight, _ in self.layers.hidden), self.layers.out)


@dataclass(frozen=True)
class Bounds:
    """Weights brought back into 0..1."""

    bounded: BoundedLatent
    name = "bounds"

    def __call__(self, frame: Frame) -> None:
        assert frame.latent is not None
        frame.latent = self.bounded(frame.latent)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `precision` (52, 52) and `follow` (Z - 52, 52).
        """
        return {"precision": self.bounded.precision, "follow": self.bounded.follow}

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The same two matrices.
        """
        return (self.bounded.precision, self.bounded.follow)


@dataclass(frozen=True)
class Forward:
    """SoftDECA folded for one head and material: ARKit weights to a latent."""

    layers: FoldedLayers
    name = "forward"

    def __call__(self, frame: Frame) -> None:
        assert frame.weights is not None, "weights drive this program"
        frame.latent = self.layers(frame.weights.astype(np.float32))

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            Arrays of the folded layers, as `layer_arrays` names them.
        """
        return layer_arrays(self.layers)

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The direct one, the hidden layers in order, then the output's.
        """
        direct = () if self.layers.direct is None else (self.layers.direct,)
        return (*direct, *(weight for weight, _ in self.layers.hidden), self.layers.out)


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
        latents, basis = len(self.rest_latent), self.basis
        vertices = basis.moving_vertices
        coordinates = coordinates_of(vertices)
        return {
            "own": basis.own[:, coordinates],
            "shared": basis.shared[:, coordinates],
            "scale": np.array([basis.scale], np.float32),
            "vertices": vertices.astype(np.int32),
            "symmetric_head": self.symmetric_head.astype(np.float32),
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
class Lips:
    """The separation of lips that cross."""

    separation: LipSeparation
    name = "lips"

    def __call__(self, frame: Frame) -> None:
        assert frame.vertices is not None
        self.separation(frame.vertices)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `upper`, `lower` (T, 3), `slit` (2, R), `moving` (N,), all int32, and `share` (N,).
        """
        arrays = self.separation.arrays()
        return {key: a if key == "share" else a.astype(np.int32) for key, a in arrays.items()}

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            None: contact takes no product.
        """
        return ()


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


def latent_weights(
    latent: Float[np.ndarray, "latent"],
    rest_latent: Float[np.ndarray, "latent"],
    look_latents: Float[np.ndarray, "8"],
) -> Float[np.ndarray, "52"]:
    """Return the ARKit weights that a latent begins with, for outputs.

    Args:
        latent: (Z,) weights over `WEIGHT_UNIT` first.
        rest_latent: (Z,) latent of a face that does not move.
        look_latents: (8,) eyeLook weights over `WEIGHT_UNIT`.

    Returns:
        (52,) ARKit weights in 0..1; eyeLook follows the gaze.
    """
    weights = np.clip(WEIGHT_UNIT * (latent - rest_latent)[:52], 0, 1).astype(float)
    weights[EYE_LOOKS] = WEIGHT_UNIT * look_latents
    return weights


def coordinates_of(vertices: Int[np.ndarray, "some"]) -> Int[np.ndarray, "coordinates"]:
    """Return the indices of vertices' coordinates in a flat array of all.

    Args:
        vertices: (N,) indices.

    Returns:
        (3 N,) indices: x, y and z of the first vertex, then of the next.
    """
    return (3 * vertices[:, None] + np.arange(3)).ravel()


def layer_arrays(layers: FoldedLayers) -> Arrays:
    """Return the arrays of folded layers.

    Args:
        layers: of any number of hidden layers.

    Returns:
        Arrays named "0.weight", "0.bias", …, "out.weight", "out.bias", and "direct" where there is one.
    """
    arrays = {"out.weight": layers.out, "out.bias": layers.bias}
    for number, (weight, bias) in enumerate(layers.hidden):
        arrays |= {f"{number}.weight": weight, f"{number}.bias": bias}
    return arrays if layers.direct is None else arrays | {"direct": layers.direct}


def layers_from_arrays(arrays: Arrays) -> FoldedLayers:
    """Return folded layers from `layer_arrays`.

    Args:
        arrays: by the names of `layer_arrays`.

    Returns:
        The layers.
    """
    count = sum(name.endswith(".weight") for name in arrays) - 1
    hidden = tuple((arrays[f"{n}.weight"], arrays[f"{n}.bias"]) for n in range(count))
    return FoldedLayers(arrays.get("direct"), hidden, arrays["out.weight"], arrays["out.bias"])


def _filled(array: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    return np.zeros(shape, np.float32) if array is None else array.astype(np.float32)

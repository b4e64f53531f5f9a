"""The stages of the compiled frame that end in a latent, in NumPy, float32.

    looks       l = the eyeLook latents of the gaze
    posterior   z = G (d - L l) + g,  eyeLook entries are l                       (`landmark_posterior.py`)
    corrector   z ← z + C(z)                                                      (`film_network.py`)
    bounds      z ← the likeliest latent whose weights are in 0..1                (`bounded_latent.py`)
    forward     z = F(w), from ARKit weights instead of landmarks                 (`film_network.py`)

`vertex_stages.py` has those that follow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.head.eyes import EYE_LOOKS, eye_look_weights
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.film_network import WEIGHT_UNIT, FoldedLayers
from landmark_driver.network.frame_program import Frame
from landmark_driver.posterior.landmark_posterior import LandmarkPosterior

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
        self._masked: tuple[bytes, LandmarkPosterior] | None = None

    def __call__(self, frame: Frame) -> None:
        flat = frame.displacements
        assert flat is not None, "landmarks drive this program"
        if self.looks is not None:
            assert frame.look_latents is not None, "the stage 'looks' runs before"
            flat = flat - self.looks @ frame.look_latents
        if frame.seen is None or frame.seen.all():
            latent = self.gain @ flat + self.offset
        else:
            latent = self._without(frame.seen)(flat[np.repeat(frame.seen, 3)]).astype(np.float32)
        if self.looks is not None:
            latent[EYE_LOOKS] = frame.look_latents
        frame.latent = latent

    def _without(self, seen: np.ndarray) -> LandmarkPosterior:
        assert self.whole is not None, "a program that was read from a file takes all landmarks"
        key = seen.tobytes()
        if self._masked is None or self._masked[0] != key:
            self._masked = (key, self.whole.without(seen))
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
    moved = WEIGHT_UNIT * (latent[:52] - rest_latent[:52])
    weights = np.minimum(np.maximum(moved, 0), 1).astype(float)
    weights[EYE_LOOKS] = WEIGHT_UNIT * look_latents
    return weights


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

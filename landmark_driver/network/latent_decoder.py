"""Latents to displacements of vertices: a product with half the basis where the head model has two halves.

    left = E s + O t;   right = mirrored (E s - O t) + C a       (`mirrored_basis.py`)

This product reads half as many numbers as one with the whole basis, and reading takes most of the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.network.mirrored_basis import MirroredBasis, mirrored_basis


@dataclass(frozen=True)
class HalvedDecoder:
    """The decoder of a head model with two halves."""

    halves: MirroredBasis
    """float32."""
    places: Int[np.ndarray, "moving_coordinates"]
    """Index of each of the head's coordinates in the coordinates of left, right and middle."""

    def __call__(self, latent: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "moving_coordinates"]:
        """Return the displacements of the vertices that move.

        Args:
            latent: (Z,) float32.

        Returns:
            (3 M,) metres, head frame, float32, flat, in the head's order.
        """
        half = self.halves
        s, t = half.halves(latent)
        alike, opposite = s @ half.even, t @ half.odd
        sided = 3 * half.left
        found = np.concatenate(
            [
                alike[:sided] + opposite[:sided],
                opposite[: half.left] - alike[: half.left],
                alike[half.left : sided] - opposite[half.left : sided],
                opposite[sided:],
                alike[sided:],
            ]
        )
        if half.correction.size:
            self._correct(found, latent[:ARKIT_COUNT] @ half.to_correction @ half.correction)
        return found[self.places]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays for evaluators in memory; a file has the whole basis instead.

        Returns:
            The halved basis by the names of `MirroredBasis`, with `sizes` (3,): left, middle and first.
        """
        half = self.halves
        counts = {"sizes": np.array([half.left, half.middle, half.first], np.int32)}
        indices = {
            name: getattr(half, name).astype(np.int32) for name in ("pairs", "alike", "opposite", "order")
        }
        return {name: getattr(half, name) for name in half.MATRICES} | indices | counts

    @property
    def matrices(self) -> tuple[np.ndarray, ...]:
        """The matrices that a frame multiplies."""
        return tuple(getattr(self.halves, name) for name in self.halves.MATRICES)

    def _correct(self, found: Float[np.ndarray, "coordinates"], more: Float[np.ndarray, "corrected"]) -> None:
        """Add `more` to the last vertices of the right half and the first of the middle."""
        half, more = self.halves, more.reshape(3, -1)
        right, middle = np.split(found[3 * half.left :], [3 * half.left])
        last = 2 * half.left - half.first
        right.reshape(3, -1)[:, half.left - last :] += more[:, :last]
        middle.reshape(3, -1)[:, : more.shape[1] - last] += more[:, last:]


@dataclass(frozen=True)
class WholeDecoder:
    """The decoder with the whole basis, for head models or bases without two halves."""

    basis: Float[np.ndarray, "latent moving_coordinates"]

    def __call__(self, latent: Float[np.ndarray, "latent"]) -> Float[np.ndarray, "moving_coordinates"]:
        """Return the displacements of the vertices that move.

        Args:
            latent: (Z,) float32.

        Returns:
            (3 M,) metres, head frame, float32, flat.
        """
        return latent @ self.basis

    @property
    def matrices(self) -> tuple[np.ndarray, ...]:
        """The matrix that a frame multiplies."""
        return (self.basis,)


LatentDecoder = HalvedDecoder | WholeDecoder


def latent_decoder(
    basis: Float[np.ndarray, "latent coordinates"], symmetric: Float[np.ndarray, "vertices 3"]
) -> LatentDecoder:
    """Return the decoder of a basis, up to the last coordinate that a latent moves.

    Args:
        basis: (Z, 3 V) metres, head frame, displacements for latents of one.
        symmetric: (V, 3) a head of the model that is its own mirror image, in any unit near a metre.

    Returns:
        The decoder with half the basis, or with the whole one where model or basis has no mirror image. Eyeballs come last
        and are not decoded.
    """
    vertices = moving_vertices(basis)
    moving = basis[:, : 3 * vertices]
    halves = mirrored_basis(moving.reshape(len(basis), -1, 3).astype(float), symmetric)
    if halves is None:
        return WholeDecoder(np.ascontiguousarray(moving))
    return HalvedDecoder(halves.as_float32(), _places(halves))


def moving_vertices(basis: Float[np.ndarray, "latent coordinates"]) -> int:
    """Return the number of vertices up to the last that a latent moves.

    Args:
        basis: (Z, 3 V) displacements for latents of one.

    Returns:
        M <= V.
    """
    return int(np.flatnonzero(basis.any(0))[-1]) // 3 + 1


def _places(halves: MirroredBasis) -> Int[np.ndarray, "moving_coordinates"]:
    left, middle = halves.left, halves.middle
    x_of_vertex = np.concatenate([np.arange(left), 3 * left + np.arange(left), 6 * left + np.arange(middle)])[
        halves.order
    ]
    stride = np.where(halves.order < 2 * left, left, middle)
    return (x_of_vertex[:, None] + stride[:, None] * np.arange(3)).ravel()

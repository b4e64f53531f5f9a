"""The stage `residual`: landmarks move the skin where no latent does, in NumPy, float32.

    r = d - C (z - z₀),   r ← r - A Q r,   v_i ← v_i + Σ_k g_ik r_k

C are the decoder's rows at the landmarks, so r is what the latent leaves of their displacements. A Q r are the head's tremble and
the tracker's errors that are patterns of the whole face. g is the gain of a Gaussian process (`posterior/residual_kernel.py`),
for each vertex along each axis, of its `NEAR` landmarks of the largest gains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float, Int

from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.network.frame_program import Frame
from landmark_driver.network.head_basis import HeadBasis
from landmark_driver.posterior.landmark_covariance import LandmarkCovariance
from landmark_driver.posterior.landmark_posterior import LandmarkPosterior
from landmark_driver.posterior.residual_kernel import ResidualKernel

NEAR = 24

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Residual:
    """The residual motion of one head for one layout, noise and choice."""

    layout: LandmarkEmbedding
    rows: Float[np.ndarray, "coordinates latent"]
    """C, metres for a latent of one."""
    rest_latent: Float[np.ndarray, "latent"]
    nuisance: Float[np.ndarray, "coordinates columns"]
    """A, metres."""
    to_nuisance: Float[np.ndarray, "columns coordinates"]
    """Q, one over metres."""
    vertices: Int[np.ndarray, "moving"]
    near: Int[np.ndarray, "moving near"]
    """Landmarks."""
    gain: Float[np.ndarray, "moving near 3"]
    """Along x, y and z, for the default material."""
    followed: Float[np.ndarray, "landmarks"]
    """The fraction of each landmark's motion that the target material's tissue makes."""
    covariance: LandmarkCovariance | None = None
    """Of what the latent leaves, for masks; None where no landmark is masked."""
    name = "residual"

    def __call__(self, frame: Frame) -> None:
        assert frame.displacements is not None and frame.latent is not None and frame.vertices is not None
        left = frame.displacements - self.rows @ (frame.latent - self.rest_latent)
        if frame.seen is not None and not frame.seen.all():
            left = self._completed(left, frame.seen)
        left = left - self.nuisance @ (self.to_nuisance @ left)
        frame.vertices[self.vertices] += (self._product @ left).reshape(-1, 3)

    def in_material(self, fractions: Float[np.ndarray, "landmarks"]) -> Residual:
        """Return the residual of a target material.

        Args:
            fractions: (L,) how much of the default material's motion its tissue makes at the landmarks.

        Returns:
            The stage in this material, whatever material it was in; the stage itself where it is in this one.
        """
        followed = fractions.astype(np.float32)
        return self if np.array_equal(followed, self.followed) else replace(self, followed=followed)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `corners` (L, 3), `weights` (L, 3), from which C follows, `nuisance` (3 L, n), `to_nuisance` (n, 3 L),
            `vertices` (N,), `near` (N, K) and `gain` (N, K, 3). Metres.
        """
        return {
            "corners": self.layout.corners.astype(np.int32),
            "weights": self.layout.weights.astype(np.float32),
            "nuisance": self.nuisance,
            "to_nuisance": self.to_nuisance,
            "vertices": self.vertices.astype(np.int32),
            "near": self.near.astype(np.int32),
            "gain": self._followed_gain,
        }

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            The rows, the nuisance's two matrices and the gain.
        """
        return (self.rows, self.nuisance, self.to_nuisance, self.gain)

    @property
    def _followed_gain(self) -> Float[np.ndarray, "moving near 3"]:
        return self.gain * self.followed[self.near][:, :, None]

    @cached_property
    def _product(self) -> scipy.sparse.csr_array:
        """The gain over all coordinates."""
        moving, near = self.near.shape
        columns = 3 * self.near[:, None, :] + np.arange(3)[:, None]
        starts = np.arange(0, 3 * moving * near + 1, near)
        entries = np.ascontiguousarray(self._followed_gain.transpose(0, 2, 1)).ravel()
        return scipy.sparse.csr_array(
            (entries, columns.ravel(), starts), shape=(3 * moving, len(self.nuisance))
        )

    def _completed(
        self, left: Float[np.ndarray, "coordinates"], seen: Bool[np.ndarray, "landmarks"]
    ) -> Float[np.ndarray, "coordinates"]:
        assert self.covariance is not None, "a program that was read from a file takes all landmarks"
        return self.covariance.complete(left.astype(float), seen).astype(np.float32)


def residual(
    posterior: LandmarkPosterior,
    kernel: ResidualKernel,
    amplitude: float,
    layout: LandmarkEmbedding,
    rest_latent: Float[np.ndarray, "latent"],
) -> Residual:
    """Return the residual that goes with a posterior.

    Args:
        posterior: of the latent, with the residual's covariance.
        kernel: of the head.
        amplitude: α, the same as the posterior's.
        layout: the landmarks' triangles on the head.
        rest_latent: (Z,) latent of a face that does not move.

    Returns:
        The stage.
    """
    beside = posterior.beside
    gain = beside.residual_gain(amplitude**2 * kernel.between(layout))
    count = min(NEAR, gain.shape[1])
    near = np.argpartition(-np.abs(gain).sum(2), count - 1, axis=1)[:, :count]
    near.sort(1)
    return Residual(
        layout=layout,
        rows=posterior.rows.astype(np.float32),
        rest_latent=rest_latent,
        nuisance=beside.columns.astype(np.float32),
        to_nuisance=beside.to_columns.astype(np.float32),
        vertices=kernel.vertices,
        near=near,
        gain=np.take_along_axis(gain, near[:, :, None], 1).astype(np.float32),
        followed=np.ones(len(layout.weights), np.float32),
        covariance=beside,
    )


def residual_from_arrays(
    arrays: Arrays, basis: HeadBasis, rest_latent: Float[np.ndarray, "latent"]
) -> Residual:
    """Return the stage of a file.

    Args:
        arrays: of `Residual.arrays`.
        basis: the decoder's basis, from which the rows follow.
        rest_latent: (Z,) latent of a face that does not move.

    Returns:
        The stage; no landmark may be masked.
    """
    layout = LandmarkEmbedding(arrays["corners"], arrays["weights"])
    return Residual(
        layout,
        landmark_rows(basis.matrix, layout).astype(np.float32),
        rest_latent,
        arrays["nuisance"],
        arrays["to_nuisance"],
        arrays["vertices"],
        arrays["near"],
        arrays["gain"],
        followed=np.ones(len(layout.weights), np.float32),
    )


def landmark_rows(
    basis: Float[np.ndarray, "latent vertex_coordinates"], layout: LandmarkEmbedding
) -> Float[np.ndarray, "coordinates latent"]:
    """Return the displacement of each landmark for a latent of one: the basis, interpolated.

    Args:
        basis: (Z, 3 V) metres, head frame.
        layout: the landmarks' triangles on the head.

    Returns:
        (3 L, Z) metres, head frame.
    """
    return layout(basis.reshape(len(basis), -1, 3)).reshape(len(basis), -1).T.astype(float)

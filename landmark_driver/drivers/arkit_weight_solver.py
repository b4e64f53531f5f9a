"""The 52 ARKit weights that explain the landmarks best, in bounded least squares.

    minimise  sum_l m_l (B_l w + N_l q - d_l)ᵀ Σ⁻¹ (B_l w + N_l q - d_l) + |w|² / σ_w² + |q|² / σ_q²,   0 <= w <= 1

B holds the shapes at the landmarks, N the seven columns of a small rigid motion and scale of the whole
head with unbounded coefficients q (head-pose jitter looks like them), Σ the landmark noise, whose depth is
about three times its width, m the mask. Shapes that no landmark shows are held at zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.network.bounded_least_squares import BoundedLeastSquares


@dataclass(frozen=True)
class SolverSettings:
    """Standard deviations of the terms that the solver weighs against each other."""

    noise_m: float = 0.002
    """Standard deviation of a landmark across the view, metres, over the square root of the independent
    fraction of the 468 correlated errors."""
    depth_noise_ratio: float = 3.0
    """Standard deviation along the view, over `noise_m`."""
    weight_sigma: float = 0.7
    """Prior of an ARKit weight."""
    nuisance_sigma: float = 0.01
    """Prior of the rigid motion (radians, and metres over 0.1) and of the scale (relative)."""


UNSEEN = ("tongueOut",)
GAZE = tuple(name for name in ARKIT_NAMES if name.startswith("eyeLook"))


class ArkitWeightSolver:
    """The map from landmark displacements to ARKit weights for one head and one layout of points."""

    def __init__(
        self,
        expressions: Float[np.ndarray, "52 vertices 3"],
        layout: LandmarkEmbedding,
        neutral_vertices: Float[np.ndarray, "vertices 3"],
        settings: SolverSettings | None = None,
    ):
        """Build the system of all landmarks.

        Args:
            expressions: (52, V, 3) metres, displacements at weight one.
            layout: the landmarks' triangles on the head.
            neutral_vertices: (V, 3) metres, head frame.
            settings: standard deviations; None for the defaults.
        """
        settings = settings or SolverSettings()
        self._settings = settings
        self._basis = layout(expressions.astype(float)).reshape(len(ARKIT_NAMES), -1).T
        nuisance = _rigid_columns(layout(neutral_vertices.astype(float)))
        self._columns = np.concatenate([self._basis, nuisance], 1)
        axis_sigma = settings.noise_m * np.array([1, 1, settings.depth_noise_ratio])
        self._precision = np.tile(axis_sigma**-2.0, len(layout.weights))
        solved = [index for index, name in enumerate(ARKIT_NAMES) if name not in UNSEEN + GAZE]
        self._solved = np.array(solved)
        self._gaze = np.array([ARKIT_NAMES.index(name) for name in GAZE])
        self._all = self._problem(self._precision)
        self._masked: tuple[bytes, tuple] | None = None

    def __call__(
        self,
        displacements: Float[np.ndarray, "landmarks 3"],
        gaze_weights: Float[np.ndarray, "52"],
        mask: Bool[np.ndarray, "landmarks"] | None = None,
    ) -> Float[np.ndarray, "52"]:
        """Return the weights that fit the landmarks best.

        Args:
            displacements: (L, 3) metres from neutral, head frame.
            gaze_weights: (52,) ARKit weights whose eyeLook entries come from the irises; the lids follow them.
            mask: (L,) landmarks that are False, or not finite, are left out; None for all.

        Returns:
            (52,) ARKit weights in 0..1, canonical order.
        """
        finite = np.asarray(np.isfinite(displacements).all(axis=1))
        seen = finite if mask is None else mask & finite
        columns, solver = self._all if seen.all() else self._for_mask(seen)
        wanted = np.where(seen[:, None], displacements, 0.0).ravel()
        wanted = wanted - self._basis[:, self._gaze] @ gaze_weights[self._gaze]
        weights = np.zeros(len(ARKIT_NAMES))
        weights[self._solved] = solver.solve(columns @ wanted)[: len(self._solved)]
        weights[self._gaze] = gaze_weights[self._gaze]
        return weights

    def _for_mask(self, seen):
        key = seen.tobytes()
        if self._masked is None or self._masked[0] != key:
            self._masked = (key, self._problem(self._precision * np.repeat(seen, 3)))
        return self._masked[1]

    def _problem(self, precision) -> tuple[np.ndarray, BoundedLeastSquares]:
        """Return the rows that turn displacements into the linear term, and the solver for these precisions."""
        used = np.concatenate([self._solved, len(ARKIT_NAMES) + np.arange(7)])
        columns = self._columns[:, used]
        rows = (columns * precision[:, None]).T
        prior = np.repeat(
            [self._settings.weight_sigma, self._settings.nuisance_sigma], [len(self._solved), 7]
        )
        free = np.full(7, np.inf)
        lower = np.concatenate([np.zeros(len(self._solved)), -free])
        upper = np.concatenate([np.ones(len(self._solved)), free])
        return rows, BoundedLeastSquares(rows @ columns + np.diag(prior**-2.0), lower, upper)


def _rigid_columns(points: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "rows 7"]:
    """Return the displacements of a unit rotation about each axis, of a shift of 0.1 m along each, and of a doubling."""
    arms = points - points.mean(0)
    turns = [np.cross(axis, arms).ravel() for axis in np.eye(3)]
    shifts = [np.tile(0.1 * axis, len(points)) for axis in np.eye(3)]
    return np.stack([*turns, *shifts, arms.ravel()], 1)

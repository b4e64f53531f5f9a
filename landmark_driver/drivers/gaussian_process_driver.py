"""Displacements of a whole head from the displacements of a few exact points: a Gaussian process on its surface.

The prior covariance of the displacements at p and q is

    σ_w² Σ_s E_s(p) E_s(q)ᵀ + σ_l² Σ_s E_s(p) E_s(q)ᵀ exp(-r²/2l²) + a(p) a(q) exp(-r/ℓ) I

By its first term faces move along their ARKit shapes E_s as a whole. By its second they move along parts of the shapes
that change over the surface (as in Lüthi et al., Gaussian Process Morphable Models, 2018). By its third they
move smoothly beside the shapes where tissue is mobile. Distances r are measured on the head with its mouth open,
so that points on one lip do not move the other. The posterior mean is one matrix, made once per layout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial import KDTree

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.drivers.arkit_weight_solver import ArkitWeightSolver
from landmark_driver.drivers.head_driver import DrivenHead, DriverInput
from landmark_driver.head.eyes import eye_look_weights, turn_eyeballs
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding

_SURFACE_PARTS = 4
"""Skin and cavities, which tissue moves; tongue, teeth and eyeballs follow the shapes only."""


@dataclass(frozen=True)
class GaussianProcessPrior:
    """Standard deviations and lengths of the prior; chosen in round numbers on one scanned head."""

    whole_sigma: float = 0.3
    local_sigma: float = 0.3
    local_length_m: float = 0.02
    smooth_fraction: float = 1.0
    """Fraction of the root mean square motion of the 52 shapes around a vertex, for a(p)."""
    smooth_floor_m: float = 1e-3
    smooth_length_m: float = 0.08
    open_jaw: float = 0.5
    noise_m: float = 1e-4
    """Standard deviation of each coordinate of a point, metres."""


class GaussianProcessDriver:
    """Moves one head from one layout of points that are exact to a tenth of a millimetre."""

    neutral_offset = None

    def __init__(self, head: Head, layout: LandmarkEmbedding, prior: GaussianProcessPrior | None = None):
        """Solve the posterior of all points.

        Args:
            head: the head that is driven.
            layout: the points' triangles on the head.
            prior: standard deviations and lengths; None for the defaults.
        """
        prior = prior or GaussianProcessPrior()
        self._head = head
        self._solver = ArkitWeightSolver(head.expressions, layout, head.neutral_vertices)
        self._shapes = head.expressions.reshape(len(head.expressions), -1)
        self._points_shapes = layout(head.expressions.astype(float))
        self._rows, among, self._between = _covariances(head, layout, prior)
        self._among = among + prior.noise_m**2 * np.eye(len(among))
        gain = cho_solve(cho_factor(self._among), self._between.T).T
        self._gain = np.ascontiguousarray(gain, np.float32)

    def __call__(self, given: DriverInput) -> DrivenHead:
        """Return the moved head, with the ARKit weights that fit the points best.

        Args:
            given: (L, 3) displacements of the points in metres, head frame, with mask and gaze; its sway has no effect.

        Returns:
            Vertices (V, 3) in metres, head frame, float32, with weights and gaze.
        """
        head = self._head
        looks = eye_look_weights(given.gaze, head.gaze_turns)
        weights = self._solver(given.displacements, looks, given.mask)
        rest = given.displacements - np.tensordot(looks, self._points_shapes, 1)
        rest = self._completed(rest, given.seen).astype(np.float32)
        vertices = head.neutral_vertices + (looks.astype(np.float32) @ self._shapes).reshape(-1, 3)
        vertices[self._rows] += (self._gain @ rest).reshape(-1, 3)
        turn_eyeballs(vertices, head, given.gaze)
        return DrivenHead(vertices, weights, given.gaze)

    def _completed(self, displacements, seen) -> Float[np.ndarray, "coordinates"]:
        """Return displacements in which unseen points stand where the others put them, which leaves the posterior as it is."""
        seen = np.repeat(seen, 3)
        flat = displacements.ravel().copy()
        if not seen.all():
            known = cho_solve(cho_factor(self._among[np.ix_(seen, seen)]), flat[seen])
            flat[~seen] = self._among[np.ix_(~seen, seen)] @ known
        return flat


def _covariances(head: Head, layout: LandmarkEmbedding, prior: GaussianProcessPrior):
    """Return the vertices that move, the covariance among the points, and the covariance of vertices and points."""
    shapes = head.expressions.astype(float)
    rows = np.flatnonzero(np.linalg.norm(shapes, axis=2).max(0) > 1e-6)
    neutral = head.neutral_vertices.astype(float)
    opened = neutral + prior.open_jaw * shapes[ARKIT_NAMES.index("jawOpen")]
    tissue = np.zeros(len(neutral))
    tissue[head.faces[head.face_part < _SURFACE_PARTS].ravel()] = 1.0
    mobility = np.sqrt((shapes**2).sum(2).mean(0))
    nearby = KDTree(neutral).query(neutral, k=24)[1]
    spread = prior.smooth_fraction * mobility[nearby].mean(1) + prior.smooth_floor_m
    spread = spread * tissue
    at_points = (
        layout(shapes),
        layout(opened),
        np.einsum("lk,lk->l", spread[layout.corners], layout.weights),
    )
    at_rows = (shapes[:, rows], opened[rows], spread[rows])
    return rows, _covariance(at_points, at_points, prior), _covariance(at_rows, at_points, prior)


def _covariance(one, other, prior: GaussianProcessPrior) -> Float[np.ndarray, "3n 3m"]:
    (shapes, places, spread), (other_shapes, other_places, other_spread) = one, other
    n, m = len(places), len(other_places)
    left, right = (np.moveaxis(a, 0, 2).reshape(-1, len(a)) for a in (shapes, other_shapes))
    along = (left @ right.T).reshape(n, 3, m, 3)
    distance = np.linalg.norm(places[:, None] - other_places[None], axis=2)
    local = np.exp(-((distance / prior.local_length_m) ** 2) / 2)
    along *= (prior.whole_sigma**2 + prior.local_sigma**2 * local)[:, None, :, None]
    smooth = spread[:, None] * other_spread[None] * np.exp(-distance / prior.smooth_length_m)
    for axis in range(3):
        along[:, axis, :, axis] += smooth
    return along.reshape(3 * n, 3 * m)

"""The prior of the motion that no latent explains: a Gaussian process on the surface of the head.

    Cov(u(p), u(q)) = α² a(p) a(q) (exp(-r / ℓ) + β exp(-r² / 2 λ²)) I

a is how mobile tissue is around a point: the root mean square motion of the 52 shapes, and a millimetre. Distances r are
measured on the head with its jaw half open about its hinge, so that points of one lip do not move the other. The long term
carries what a face does as a whole, the short one what it does beside a landmark. α is the amplitude (`evidence.py`).
Gaussian processes as priors of surfaces are those of Lüthi et al., Gaussian Process Morphable Models (2018).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding

_LENGTH_M, _SHORT_LENGTH_M, _SHORT = 0.08, 0.02, 0.5
"""ℓ, λ and β, chosen in round numbers on one scanned head."""
_FLOOR_M = 1e-3
_OPEN_JAW = 0.5
_AROUND = 24
"""Vertices over which mobility is averaged."""
SURFACE_PARTS = 4
"""Skin and cavities, which tissue moves; tongue, teeth and eyeballs follow the latent only."""


class ResidualKernel:
    """The kernel of one head, at an amplitude of one."""

    def __init__(
        self,
        neutral_vertices: Float[np.ndarray, "vertices 3"],
        expressions: Float[np.ndarray, "52 vertices 3"],
        tissue: Bool[np.ndarray, "vertices"],
    ):
        """Measure mobility, and open the jaw.

        Args:
            neutral_vertices: (V, 3) metres, head frame.
            expressions: (52, V, 3) metres, displacements at weight one.
            tissue: (V,) True for skin and cavities.
        """
        neutral, shapes = neutral_vertices.astype(float), expressions.astype(float)
        self._opened = neutral + _OPEN_JAW * shapes[ARKIT_NAMES.index("jawOpen")]
        mobility = np.sqrt((shapes**2).sum(2).mean(0))
        around = KDTree(neutral).query(neutral, k=min(_AROUND, len(neutral)))[1]
        self._spread = np.where(tissue, mobility[around].mean(1) + _FLOOR_M, 0.0)
        moves = np.linalg.norm(shapes, axis=2).max(0) > 1e-6
        self.vertices: Int[np.ndarray, "moving"] = np.flatnonzero(tissue & moves)
        """Vertices that the process moves."""

    @staticmethod
    def of(head: Head) -> ResidualKernel:
        """Return the kernel of a head.

        Args:
            head: with its shapes.

        Returns:
            The kernel.
        """
        tissue = np.zeros(len(head.neutral_vertices), bool)
        tissue[head.faces[head.face_part < SURFACE_PARTS].ravel()] = True
        return ResidualKernel(head.neutral_vertices, head.expressions, tissue)

    def among(self, layout: LandmarkEmbedding) -> Float[np.ndarray, "landmarks landmarks"]:
        """Return the covariance of landmarks, which is the same along each axis.

        Args:
            layout: the landmarks' triangles on the head.

        Returns:
            (L, L) square metres.
        """
        places, spread = self._at(layout)
        return _covariance(places, spread, places, spread)

    def between(self, layout: LandmarkEmbedding) -> Float[np.ndarray, "moving landmarks"]:
        """Return the covariance of the vertices that move and landmarks, which is the same along each axis.

        Args:
            layout: the landmarks' triangles on the head.

        Returns:
            (N, L) square metres, rows in the order of `vertices`.
        """
        return _covariance(self._opened[self.vertices], self._spread[self.vertices], *self._at(layout))

    def _at(self, layout: LandmarkEmbedding) -> tuple[np.ndarray, np.ndarray]:
        return layout(self._opened), (self._spread[layout.corners] * layout.weights).sum(1)


def _covariance(places, spread, others, other_spread) -> Float[np.ndarray, "n m"]:
    distance = cdist(places, others)
    near = np.exp(-distance / _LENGTH_M) + _SHORT * np.exp(-((distance / _SHORT_LENGTH_M) ** 2) / 2)
    return spread[:, None] * near * other_spread

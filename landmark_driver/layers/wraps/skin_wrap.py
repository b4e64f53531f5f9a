"""The skin wrap: the skin itself, with ears and nostrils bridged so that every vertex has a way inwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int
from scipy.sparse.linalg import splu

from landmark_driver.geometry.graph_laplacian import graph_laplacian
from landmark_driver.layers.wraps.wrap_template import WrapTemplate


@dataclass(frozen=True)
class SkinWrapper:
    """The map from any skin of one topology to its skin wrap; built once per wrap template."""

    template: WrapTemplate
    fill: Float[np.ndarray, "bridged unbridged"]

    def wrap(self, skin: Float[np.ndarray, "skin 3"]) -> Float[np.ndarray, "wrap 3"]:
        """Return the wrap vertices: on the skin where that is smooth, a biharmonic membrane elsewhere.

        Args:
            skin: (S, 3) metres, head frame.

        Returns:
            (W, 3) metres, head frame.
        """
        bridged = self.template.bridged
        points = np.empty((self.template.size, 3))
        points[~bridged] = skin[self.template.skin_vertex[~bridged]]
        points[bridged] = self.fill @ points[~bridged]
        return points


def build_skin_wrapper(template: WrapTemplate) -> SkinWrapper:
    """Return a topology's wrapper with its fill solved once: bridged vertices are linear in the others.

    Args:
        template: the wrap template.

    Returns:
        The wrapper.
    """
    laplacian = graph_laplacian(template.faces, template.size)
    others = np.eye(int((~template.bridged).sum()))
    return SkinWrapper(template, _solve_fill(laplacian, template.bridged, others))


def _solve_fill(
    laplacian: sparse.csr_matrix, bridged: Bool[np.ndarray, "wrap"], others: Float[np.ndarray, "unbridged n"]
) -> Float[np.ndarray, "bridged n"]:
    """Minimise |L x|^2 over the bridged vertices, L the graph's Laplacian with rows divided by degree.

    A harmonic fill (L x = 0) meets the skin with a crease, and vertices in the crease have no inward
    direction that is valid for all their triangles; the biharmonic fill continues the skin's slope.
    """
    rows = laplacian[np.asarray(abs(laplacian) @ bridged.astype(float) > 0)]
    squared = (rows.T @ rows).tocsr()[bridged]
    return splu(squared[:, bridged].tocsc()).solve(-(squared[:, ~bridged] @ others))


def vertex_areas(
    points: Float[np.ndarray, "points 3"], faces: Int[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "points"]:
    """Return a third of the triangles' area around each vertex.

    Args:
        points: (P, 3) in any unit.
        faces: (F, 3) vertex indices.

    Returns:
        (P,) in the square of the points' unit.
    """
    a, b, c = np.swapaxes(points[faces], 0, 1)
    third = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
    areas = np.zeros(len(points))
    for k in range(3):
        np.add.at(areas, faces[:, k], third)
    return areas

"""Gradients of functions that are linear on a mesh's triangles."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int


def surface_gradient(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[sparse.csr_matrix, Float[np.ndarray, "faces"]]:
    """Build the operator from values on vertices to their gradients on triangles.

    The gradient of corner a's hat function is n x (c - b) / (2 area) (Botsch et al., Polygon Mesh
    Processing, section 3.3).

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) vertex indices; no triangle without area.

    Returns:
        The operator (3F, V), whose rows 3f to 3f + 2 are x, y and z of triangle f's gradient, and the areas (F,)
        in the square of the unit.
    """
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    double_area = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = normal / double_area
    hats = np.stack([np.cross(normal, edge) / double_area for edge in (c - b, a - c, b - a)], 2)
    rows = np.repeat(np.arange(3 * len(faces)), 3)
    columns = np.repeat(faces, 3, axis=0).ravel()
    operator = sparse.csr_matrix((hats.ravel(), (rows, columns)), shape=(3 * len(faces), len(vertices)))
    return operator, double_area[:, 0] / 2

"""The template's skin for registration: control vertices, a smooth surface over them, and weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.head.identity_model import HeadTopology
from landmark_driver.head.landmark_embedding import LandmarkEmbedding


@dataclass(frozen=True)
class TemplateSkin:
    """`fine @ control` are the vertices of the smooth surface, one Loop step finer than the skin."""

    rows: Int[np.ndarray, "control"]
    """The head's vertices that are control vertices here."""
    faces: Int[np.ndarray, "faces 3"]
    """Triangles of control vertices."""
    fine: sparse.csr_matrix
    """(fine, control), one Loop step."""
    fine_faces: Int[np.ndarray, "fine_faces 3"]
    laplacian: sparse.csr_matrix
    """(control, control): a control vertex minus the mean of its neighbours."""
    edges: sparse.csr_matrix
    """(edges, control): differences along edges."""
    loops: tuple[Int[np.ndarray, "_"], ...]
    """Lips, left lids, right lids, as control vertices."""

    def landmarks(self, embedding: LandmarkEmbedding) -> tuple[sparse.csr_matrix, np.ndarray]:
        """Return landmarks as combinations of control vertices.

        Args:
            embedding: the landmarks' places on the template's mesh.

        Returns:
            (L, control) barycentric weights, and (L,) indices of these landmarks; those on eyeballs are left out.
        """
        local = np.full(max(int(self.rows.max()), int(embedding.corners.max())) + 1, -1)
        local[self.rows] = np.arange(len(self.rows))
        corners = local[embedding.corners]
        on_skin = np.flatnonzero((corners >= 0).all(1))
        index = np.repeat(np.arange(len(on_skin)), 3)
        values = embedding.weights[on_skin].ravel()
        shape = (len(on_skin), len(self.rows))
        return sparse.csr_matrix((values, (index, corners[on_skin].ravel())), shape=shape), on_skin


def template_skin(topology: HeadTopology) -> TemplateSkin:
    """Build the skin of a topology for registration.

    Args:
        topology: the template's.

    Returns:
        The skin's vertices as control vertices, with one Loop step, Laplacian, edges and loops.
    """
    faces = topology.faces_of("skin")
    rows, local = np.unique(faces, return_inverse=True)
    faces = local.reshape(-1, 3).astype(np.int32)
    subdivision = loop_subdivision(faces, len(rows))
    ends = edges_of(faces)
    edges = _differences(ends, len(rows))
    adjacency = abs(edges.T @ edges)
    adjacency.setdiag(0)
    adjacency.eliminate_zeros()
    degree = np.asarray(adjacency.sum(1)).ravel()
    laplacian = sparse.identity(len(rows)) - sparse.diags(1 / degree) @ adjacency
    place = np.full(topology.vertex_count, -1)
    place[rows] = np.arange(len(rows))
    loops = tuple(place[loop] for loop in (topology.lip_loop, *topology.eye_loops))
    fine = sparse.csr_matrix(subdivision.operator, dtype=float)
    return TemplateSkin(rows, faces, fine, subdivision.faces, sparse.csr_matrix(laplacian), edges, loops)


def _differences(ends: Int[np.ndarray, "edges 2"], count: int) -> sparse.csr_matrix:
    index = np.arange(len(ends))
    values = np.concatenate([np.ones(len(ends)), -np.ones(len(ends))])
    where = (np.concatenate([index, index]), ends.T.ravel())
    return sparse.csr_matrix((values, where), shape=(len(ends), count))


def geodesic_bump(
    skin: TemplateSkin, vertices: Float[np.ndarray, "control 3"], seeds: np.ndarray, width_m: float
) -> Float[np.ndarray, "control"]:
    """Return a weight that is 1 at the seeds and falls to 0 away from them, exp(-(d / width)²).

    Args:
        skin: the template's skin, unused by the formula.
        vertices: (C, 3) control vertices, metres.
        seeds: control vertices at weight 1.
        width_m: metres at which the weight is 1/e.

    Returns:
        (C,) weights in 0..1.

    The distance d is the straight one, not the one along the skin.
    """
    distance = np.linalg.norm(vertices[:, None] - vertices[seeds][None], axis=2).min(1)
    return np.exp(-((distance / width_m) ** 2))

"""The constant matrix of projective dynamics, factored: the preconditioner of every solver here.

    L = sum over tetrahedra of V grad_a . M grad_b  +  diag(stiffness of the nodal terms)

is one scalar matrix for x, y and z together. At rest M = 2 mu + 2 lambda: the Hessian of the energy with
rotations held, made isotropic. Factors of lambda from 1/2 to 4 were tried. This one keeps the line search at
full steps at nu 0.47 (70 evaluations instead of 350 on a jaw opening). The exact elastic Hessian at rest
needs 5.6 ms for a solve instead of 0.45 ms and was given up. Where a solve drags on, M is taken anew from the
deformed tetrahedra, which costs some 50 ms.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from cholespy import CholeskySolverD, MatrixType  # pyright: ignore[reportAttributeAccessIssue]
from jaxtyping import Float

from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.energy.simulation_error import RestMeshError


def stiffness_laplacian(mesh: RestMesh, metric: Float[np.ndarray, "tets 3 3"]) -> sparse.csr_matrix:
    """Return the sum of V grad_a . M grad_b over all nodes.

    Args:
        mesh: at rest; gives volumes and gradients.
        metric: (tets, 3, 3) M, Pa.

    Returns:
        (nodes, nodes) N/m.
    """
    gradients = mesh.shape_gradients
    blocks = mesh.volumes[:, None, None] * (gradients @ metric) @ np.swapaxes(gradients, 1, 2)
    rows, columns = np.repeat(mesh.tets, 4, axis=1).ravel(), np.tile(mesh.tets, (1, 4)).ravel()
    return sparse.csr_matrix((blocks.ravel(), (rows, columns)), shape=(len(mesh.nodes),) * 2)


class ProjectiveFactor:
    """The factor that solves L d = g on the free nodes.

    `metric` is (tets, 3, 3) Pa, `diagonal` (nodes,) N/m.

    Raises:
        RestMeshError: for a mesh without free nodes, or with nothing that holds it.
    """

    def __init__(
        self,
        mesh: RestMesh,
        metric: Float[np.ndarray, "tets 3 3"],
        diagonal: Float[np.ndarray, "nodes"],
    ):
        self.free = mesh.free
        self.fixed = np.setdiff1d(np.arange(len(mesh.nodes)), self.free)
        if len(self.fixed) == 0 and not np.any(diagonal > 0):
            raise RestMeshError("Expected nodes on a bone, got none. Label some as cranium or mandible.")
        if len(self.free) == 0:
            raise RestMeshError(
                "Expected free nodes, got none, since every node lies on a bone. Label some as free."
            )
        rows = (stiffness_laplacian(mesh, metric) + sparse.diags(diagonal)).tocsr()[self.free]
        self._coupling = rows[:, self.fixed]
        block = rows[:, self.free].tocsc()
        indices = block.indptr.astype(np.int32), block.indices.astype(np.int32)
        self._solver = CholeskySolverD(len(self.free), *indices, block.data, MatrixType.CSC)
        self._solution = np.empty((len(self.free), 3))

    def solve(self, g: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "nodes 3"]:
        """Return d of L d = g.

        Args:
            g: (nodes, 3) N.

        Returns:
            (nodes, 3) metres; the fixed rows are zero.
        """
        self._solver.solve(np.ascontiguousarray(g[self.free]), self._solution)
        result = np.zeros_like(g)
        result[self.free] = self._solution
        return result

    def extended(self, fixed_displacement: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "nodes 3"]:
        """Return a displacement of the fixed nodes, carried smoothly (L u = 0) to the free nodes.

        Args:
            fixed_displacement: (nodes, 3) metres; only the fixed rows count.

        Returns:
            (nodes, 3) metres; the fixed rows are the given ones.
        """
        result = np.array(fixed_displacement)
        right = -(self._coupling @ fixed_displacement[self.fixed])
        self._solver.solve(np.ascontiguousarray(right), self._solution)
        result[self.free] = self._solution
        return result

"""The constant matrix of projective dynamics, factored: what preconditions every solver here.

    L = sum over tetrahedra of V grad_a . M grad_b  +  diag(stiffness of the nodal terms)

is one scalar matrix for x, y and z together. At rest M = 2 mu + 2 lambda: the Hessian of the energy with
rotations held, made isotropic. Weights of lambda from 1/2 to 4 were tried; this one keeps the line search at
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
    """Sum of V grad_a . M grad_b over all nodes, N/m."""
    gradients = mesh.shape_gradients
    blocks = mesh.volumes[:, None, None] * (gradients @ metric) @ np.swapaxes(gradients, 1, 2)
    rows, columns = np.repeat(mesh.tets, 4, axis=1).ravel(), np.tile(mesh.tets, (1, 4)).ravel()
    return sparse.csr_matrix((blocks.ravel(), (rows, columns)), shape=(len(mesh.nodes),) * 2)


class ProjectiveFactor:
    """Solves L d = g on the free nodes; the fixed rows of every result are zero."""

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
        """d of L d = g (metres for a force in newtons)."""
        self._solver.solve(np.ascontiguousarray(g[self.free]), self._solution)
        result = np.zeros_like(g)
        result[self.free] = self._solution
        return result

    def extended(self, fixed_displacement: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "nodes 3"]:
        """The displacement that the fixed rows dictate, carried smoothly (L u = 0) to the free nodes."""
        result = np.array(fixed_displacement)
        right = -(self._coupling @ fixed_displacement[self.fixed])
        self._solver.solve(np.ascontiguousarray(right), self._solution)
        result[self.free] = self._solution
        return result

"""The elastic energy of a whole mesh: assembled, and self-contained.

`ElasticEnergy` keeps the kernels' arrays and is evaluated once an iteration. `elastic_energy` takes plain
arrays and is the definition in one call. The element itself is in `element_energy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.simulation.energy import elastic_kernel
from landmark_driver.simulation.energy.chunk_threads import ChunkThreads, available_threads
from landmark_driver.simulation.energy.element_energy import BARRIER_VOLUME
from landmark_driver.simulation.energy.materials import Materials, tissue_constants
from landmark_driver.simulation.energy.rest_mesh import RestMesh, determinants, edge_matrices

Device = Literal["cpu", "cuda"]

# The barrier in units of mu + lambda.
BARRIER_WEIGHT = 1.0


class ElasticEnergy:
    """Sum over tetrahedra of volume times density, for one mesh and one set of materials."""

    def __init__(
        self, mesh: RestMesh, materials: Materials, device: Device = "cpu", threads: int | None = None
    ):
        self.mesh = mesh
        self.mu, self.lam = tissue_constants(mesh, materials)
        self.rest = np.column_stack([mesh.inverse_edges.reshape(-1, 9), mesh.volumes])
        self._tissue = np.empty((len(mesh.tets), elastic_kernel.TISSUE_COLUMNS))
        self._tissue[:, 7], self._tissue[:, 8] = self.mu, self.lam
        self._partial = np.empty((elastic_kernel.CHUNKS, *mesh.nodes.shape))
        self._threads = ChunkThreads(min(threads or available_threads(), elastic_kernel.CHUNKS))
        self._cuda = self._on_device() if device == "cuda" else None
        self.default_barrier = BARRIER_WEIGHT * (self.mu + self.lam)
        self.barrier_weights = self.default_barrier
        self.set_actuation(np.broadcast_to(np.eye(3), (len(mesh.tets), 3, 3)))

    def set_actuation(self, actuation: Float[np.ndarray, "tets 3 3"]) -> None:
        """Take the rest stretch of every tetrahedron.

        Args:
            actuation: (tets, 3, 3), symmetric and positive definite, without unit; the identity for passive
                tissue.
        """
        rows, columns = (0, 1, 2, 0, 0, 1), (0, 1, 2, 1, 2, 2)
        self._tissue[:, :6] = actuation[:, rows, columns]
        self._tissue[:, 6] = determinants(actuation)
        self._upload()

    @property
    def barrier_weights(self) -> Float[np.ndarray, "tets"]:
        """The weight w of the barrier against inversion in every tetrahedron, Pa."""
        return self._tissue[:, 9]

    @barrier_weights.setter
    def barrier_weights(self, weights: Float[np.ndarray, "tets"]) -> None:
        """Set the barrier's weight.

        Args:
            weights: (tets,) barrier weights w, Pa.
        """
        self._tissue[:, 9] = weights
        self._upload()

    @contextmanager
    def kept_barrier(self) -> Iterator[None]:
        """Restore the barrier's weights after a block, also after an error in it.

        Returns:
            A context without a value.
        """
        weights = self.barrier_weights.copy()
        try:
            yield
        finally:
            self.barrier_weights = weights

    def strengthen_barrier(self, tets: Bool[np.ndarray, "tets"], factor: float) -> None:
        """Multiply the barrier's weight in some tetrahedra.

        Args:
            tets: (tets,) mask.
            factor: on the present barrier weight.
        """
        self.barrier_weights = np.where(tets, factor, 1.0) * self.barrier_weights

    def evaluate(self, x: Float[np.ndarray, "nodes 3"], gradient: Float[np.ndarray, "nodes 3"]) -> float:
        """Return the energy and write its gradient.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, overwritten with the negative of the elastic force.

        Returns:
            Joules.
        """
        if self._cuda is not None:
            return self._cuda.energy_and_gradient(x, gradient)
        energies = [0.0] * elastic_kernel.CHUNKS

        def chunk(c: int) -> None:
            energies[c] = elastic_kernel.chunk_energy_and_gradient(
                *self._bounds(c), x, self.mesh.tets, self.rest, self._tissue, self._partial[c]
            )

        self._threads.run(chunk, elastic_kernel.CHUNKS)
        elastic_kernel.sum_chunks(self._partial, gradient)
        return sum(energies)

    def hessian_product(
        self, x: Float[np.ndarray, "nodes 3"], dx: Float[np.ndarray, "nodes 3"]
    ) -> Float[np.ndarray, "nodes 3"]:
        """Return the change of the gradient along dx.

        Args:
            x: (nodes, 3) metres.
            dx: (nodes, 3) metres.

        Returns:
            (nodes, 3) N; computed on the CPU, whatever the device.
        """

        def chunk(c: int) -> None:
            elastic_kernel.chunk_hessian_product(
                *self._bounds(c), x, dx, self.mesh.tets, self.rest, self._tissue, self._partial[c]
            )

        self._threads.run(chunk, elastic_kernel.CHUNKS)
        change = np.empty_like(x)
        elastic_kernel.sum_chunks(self._partial, change)
        return change

    def deformation_gradients(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "tets 3 3"]:
        """Return F of every tetrahedron.

        Args:
            x: (nodes, 3) metres.

        Returns:
            (tets, 3, 3) without unit.
        """
        return edge_matrices(x, self.mesh.tets) @ self.mesh.inverse_edges

    def volume_ratios(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "tets"]:
        """Return det F of every tetrahedron.

        Args:
            x: (nodes, 3) metres.

        Returns:
            (tets,) volume over rest volume; not positive means inverted.
        """
        return determinants(edge_matrices(x, self.mesh.tets)) / (6 * self.mesh.volumes)

    def stiffness_metric(self, x: Float[np.ndarray, "nodes 3"]) -> Float[np.ndarray, "tets 3 3"]:
        """Return 2 mu I + (2 lambda + w b'') cof(F)^T cof(F): the stiffness against gradients of a step.

        This is the Hessian of the density with rotation and pressure held, summed over the step's directions.

        Args:
            x: (nodes, 3) metres.

        Returns:
            (tets, 3, 3) Pa.
        """
        F = self.deformation_gradients(x)
        rows = [np.cross(F[:, (k + 1) % 3], F[:, (k + 2) % 3]) for k in range(3)]
        cofactor = np.stack(rows, axis=1)
        lack = np.clip(BARRIER_VOLUME - determinants(F), 0, BARRIER_VOLUME)
        stiffness = 2 * self.lam + self._tissue[:, 9] * 2 * lack / BARRIER_VOLUME
        volumetric = stiffness[:, None, None] * (np.swapaxes(cofactor, 1, 2) @ cofactor)
        return 2 * self.mu[:, None, None] * np.eye(3) + volumetric

    def _bounds(self, chunk: int) -> tuple[int, int]:
        count = len(self.mesh.tets)
        return chunk * count // elastic_kernel.CHUNKS, (chunk + 1) * count // elastic_kernel.CHUNKS

    def _on_device(self):
        from landmark_driver.simulation.energy.elastic_kernel_cuda import CudaTetrahedra

        return CudaTetrahedra(self.mesh.tets, self.rest, self._tissue)

    def _upload(self) -> None:
        if self._cuda is not None:
            self._cuda.set_tissue(self._tissue)


def elastic_energy(
    mesh: RestMesh,
    materials: Materials,
    nodes: Float[np.ndarray, "nodes 3"],
    actuation: Float[np.ndarray, "tets 3 3"] | None = None,
) -> tuple[float, Float[np.ndarray, "nodes 3"]]:
    """Return the energy of a deformed mesh and its gradient, from nothing but its arrays.

    Args:
        mesh: at rest.
        materials: one value for the mesh, or one a tetrahedron.
        nodes: (nodes, 3) metres.
        actuation: (tets, 3, 3), symmetric and positive definite; None for passive tissue.

    Returns:
        Joules, and (nodes, 3) N.
    """
    energy = ElasticEnergy(mesh, materials)
    if actuation is not None:
        energy.set_actuation(actuation)
    gradient = np.empty_like(mesh.nodes)
    return energy.evaluate(np.ascontiguousarray(nodes, dtype=float), gradient), gradient

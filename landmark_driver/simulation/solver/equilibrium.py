"""What a quasi-static solve hands on: the deformed nodes and how good they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.rest_mesh import RestMesh, determinants, edge_matrices
from landmark_driver.simulation.solver.minimum import Minimum


@dataclass(frozen=True)
class Equilibrium:
    """Deformed nodes (metres, head frame) at equilibrium, with the evidence for it.

    `residual_mm` is the longest node step that the solver last proposed, `residual_n` the largest
    force left at a free node. `volume_change` is that of all tissue, relative to rest. `penetrations` counts
    what still overlaps in contact, None where contact was off. `inversions` is 0: a result with any raises.
    `inversion_barrier_scale` is how much more than usual tetrahedra had to resist inversion.
    """

    nodes: Float[np.ndarray, "nodes 3"]
    residual_mm: float
    residual_n: float
    energy_j: float
    iterations: int
    evaluations: int
    elapsed_ms: float
    volume_change: float
    smallest_volume_ratio: float
    inversions: int
    penetrations: int | None
    inversion_barrier_scale: Float[np.ndarray, "tets"]


def equilibrium(
    mesh: RestMesh,
    minimum: Minimum,
    penetrations: int | None,
    inversion_barrier_scale: Float[np.ndarray, "tets"],
    elapsed_ms: float,
) -> Equilibrium:
    """Measures a minimum."""
    volumes = determinants(edge_matrices(minimum.nodes, mesh.tets)) / 6
    return Equilibrium(
        nodes=minimum.nodes,
        residual_mm=minimum.step_mm,
        residual_n=float(np.linalg.norm(minimum.gradient, axis=1).max()),
        energy_j=minimum.energies[-1],
        iterations=minimum.iterations,
        evaluations=minimum.evaluations,
        elapsed_ms=elapsed_ms,
        volume_change=float(volumes.sum() / mesh.volumes.sum() - 1),
        smallest_volume_ratio=float((volumes / mesh.volumes).min()),
        inversions=int((volumes <= 0).sum()),
        penetrations=penetrations,
        inversion_barrier_scale=inversion_barrier_scale,
    )

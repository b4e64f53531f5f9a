"""The result of a quasi-static solve: the deformed nodes, and measures of their quality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.rest_mesh import RestMesh, determinants, edge_matrices
from landmark_driver.simulation.solver.minimum import Minimum


@dataclass(frozen=True)
class Equilibrium:
    """Deformed nodes (metres, head frame) at equilibrium, with the evidence for it.

    `residual_mm` is the longest node step that the solver last proposed, `residual_n` the largest force left
    at a free node. `volume_change` is that of all tissue, relative to rest. `penetrations` counts the
    overlaps left in contact, None where contact was off. `inversions` is 0: a result with any raises.
    `inversion_barrier_scale` is the factor on the default barrier that each tetrahedron needed against
    inversion.
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
    """Return a minimum with its measures.

    Args:
        mesh: at rest.
        minimum: the end of the descent, in any frame.
        penetrations: overlaps left in contact; None where contact was off.
        inversion_barrier_scale: (tets,) factors on the default barrier in this solve.
        elapsed_ms: of the whole solve.

    Returns:
        The measured equilibrium; its nodes are in the minimum's frame.
    """
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

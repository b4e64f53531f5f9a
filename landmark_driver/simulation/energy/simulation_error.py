"""Named errors of the physics.

    SimulationError
    ├── RestMeshError           nodes, tetrahedra or labels that cannot be simulated
    ├── MaterialRangeError      a material parameter outside its physical range
    ├── ActuationError     actuation that is not finite, symmetric and positive definite
    ├── PoseError          a bone pose, gravity or start that is not finite or not invertible
    ├── NotConvergedError            the solver stopped before its tolerance; carries residual and nodes
    ├── InvertedResultError     the solver converged, but tetrahedra are turned inside out
    └── OverlapError            the solver converged, but surfaces still intersect

Every message says what was expected, what was got, and what to do.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


class SimulationError(Exception):
    """The physics cannot answer; the command line prints the message and exits with status 2."""


class RestMeshError(SimulationError):
    pass


class MaterialRangeError(SimulationError):
    pass


class ActuationError(SimulationError):
    pass


class PoseError(SimulationError):
    pass


class NotConvergedError(SimulationError):
    """Carries what was reached, so that a caller can report it: never a silent half-solution."""

    def __init__(self, residual_mm: float, iterations: int, nodes: Float[np.ndarray, "nodes 3"]):
        super().__init__(
            f"expected a node step below the tolerance, got {residual_mm:.4f} mm "
            f"after {iterations} iterations; allow more iterations, raise the tolerance, "
            "or start closer to the solution"
        )
        self.residual_mm = residual_mm
        self.iterations = iterations
        self.nodes = nodes


class InvertedResultError(SimulationError):
    """Carries the tetrahedra that are turned inside out."""

    def __init__(self, tets: np.ndarray, nodes: Float[np.ndarray, "nodes 3"]):
        super().__init__(
            f"expected no inverted tetrahedron, got {len(tets)} (first {tets[:5].tolist()}); "
            "reach the pose in smaller steps, or use weaker actuation"
        )
        self.tets = tets
        self.nodes = nodes


class OverlapError(SimulationError):
    """Carries how much still overlaps."""

    def __init__(self, overlaps: int, nodes: Float[np.ndarray, "nodes 3"]):
        super().__init__(
            f"expected no overlap in contact, got {overlaps} intersecting pairs or nodes; "
            "use a weaker expression, or simulate without contact"
        )
        self.overlaps = overlaps
        self.nodes = nodes

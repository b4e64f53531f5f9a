"""The errors of the physics; `capture/softdeca_error.py` draws their tree."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.softdeca_error import SoftdecaError


class SimulationError(SoftdecaError):
    """A case that the physics cannot solve."""


class RestMeshError(SimulationError):
    """Nodes, tetrahedra or labels that cannot be simulated."""


class MaterialRangeError(SimulationError):
    """A material parameter outside its physical range."""


class ActuationError(SimulationError):
    """Actuation that is not finite, symmetric and positive definite."""


class PoseError(SimulationError):
    """A pose that is not finite, affine and of positive determinant."""


class LoadError(SimulationError):
    """Gravity, a start, a step or damping that cannot be simulated."""


class NotConvergedError(SimulationError):
    """A solve that did not converge: never a silent half-solution.

    It carries the state reached (nodes in metres), so that a caller can report it.
    """

    def __init__(self, residual_mm: float, iterations: int, nodes: Float[np.ndarray, "nodes 3"]):
        super().__init__(
            f"Expected a node step below the tolerance, got {residual_mm:.4f} mm "
            f"after {iterations} iterations. Allow more iterations, raise the tolerance, "
            "or start closer to the solution."
        )
        self.residual_mm = residual_mm
        self.iterations = iterations
        self.nodes = nodes


class InvertedResultError(SimulationError):
    """A result with inverted tetrahedra; it carries their indices, and the nodes (metres)."""

    def __init__(self, tets: np.ndarray, nodes: Float[np.ndarray, "nodes 3"]):
        super().__init__(
            f"Expected no inverted tetrahedron, got {len(tets)} (first {tets[:5].tolist()}). "
            "Reach the pose in smaller steps, or use weaker actuation."
        )
        self.tets = tets
        self.nodes = nodes


class OverlapError(SimulationError):
    """A result with overlaps in contact; it carries their number, and the nodes (metres)."""

    def __init__(self, overlaps: int, nodes: Float[np.ndarray, "nodes 3"]):
        super().__init__(
            f"Expected no overlap in contact, got {overlaps} intersecting pairs or nodes. "
            "Use a weaker expression, or simulate without contact."
        )
        self.overlaps = overlaps
        self.nodes = nodes

"""The sum that a solve minimises: elastic energy plus nodal and contact terms, over the free nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.simulation.energy.elastic_energy import ElasticEnergy
from landmark_driver.simulation.energy.nodal_terms import EnergyTerm
from landmark_driver.simulation.energy.vector_kernel import clear_rows


class Potential:
    """E(x) and its gradient, which is zero at fixed nodes."""

    def __init__(self, elastic: ElasticEnergy, terms: Sequence[EnergyTerm], fixed: Int[np.ndarray, "fixed"]):
        self.elastic = elastic
        self.terms = tuple(terms)
        self.fixed = fixed

    def evaluate(self, x: Float[np.ndarray, "nodes 3"], gradient: Float[np.ndarray, "nodes 3"]) -> float:
        """Return the energy and write its gradient.

        Args:
            x: (nodes, 3) metres.
            gradient: (nodes, 3) N, overwritten; zero at fixed nodes.

        Returns:
            Joules.
        """
        energy = self.elastic.evaluate(x, gradient)
        for term in self.terms:
            energy += term.add(x, gradient)
        clear_rows(gradient, self.fixed)
        return energy

    def hessian_product(
        self, x: Float[np.ndarray, "nodes 3"], dx: Float[np.ndarray, "nodes 3"]
    ) -> Float[np.ndarray, "nodes 3"]:
        """Return the change of the gradient along dx.

        Args:
            x: (nodes, 3) metres.
            dx: (nodes, 3) metres.

        Returns:
            (nodes, 3) N; zero at fixed nodes.
        """
        change = self.elastic.hessian_product(x, dx)
        for term in self.terms:
            term.add_hessian_product(x, dx, change)
        clear_rows(change, self.fixed)
        return change

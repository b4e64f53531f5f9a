"""The sum that a solve minimises: elastic energy plus nodal and contact terms, over the free nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.simulation.elastic_energy import ElasticEnergy
from landmark_driver.simulation.nodal_terms import EnergyTerm
from landmark_driver.simulation.vector_kernel import clear_rows


@runtime_checkable
class LimitsSteps(Protocol):
    """A term that keeps a promise, such as no crossing, only along part of a step."""

    def step_limit(self, x: np.ndarray, dx: np.ndarray) -> float: ...


@runtime_checkable
class CountsPenetrations(Protocol):
    """A contact that can say how many pairs of triangles intersect."""

    def penetrations(self, x: np.ndarray) -> int: ...


class Potential:
    """E(x) and its gradient, which is zero at fixed nodes.

    `step_limit(x, dx)` is the largest fraction of a step, at most 1, that every term allows.
    """

    def __init__(self, elastic: ElasticEnergy, terms: Sequence[EnergyTerm], fixed: Int[np.ndarray, "fixed"]):
        self.elastic = elastic
        self.terms = tuple(terms)
        self.fixed = fixed
        self._limits = [term.step_limit for term in terms if isinstance(term, LimitsSteps)]

    def evaluate(self, x: Float[np.ndarray, "nodes 3"], gradient: Float[np.ndarray, "nodes 3"]) -> float:
        """Returns the energy (J), overwrites `gradient` (N)."""
        energy = self.elastic.evaluate(x, gradient)
        for term in self.terms:
            energy += term.add(x, gradient)
        clear_rows(gradient, self.fixed)
        return energy

    def hessian_product(
        self, x: Float[np.ndarray, "nodes 3"], dx: Float[np.ndarray, "nodes 3"]
    ) -> Float[np.ndarray, "nodes 3"]:
        """The change of the gradient along dx (N)."""
        change = self.elastic.hessian_product(x, dx)
        for term in self.terms:
            term.add_hessian_product(x, dx, change)
        clear_rows(change, self.fixed)
        return change

    def step_limit(self, x: Float[np.ndarray, "nodes 3"], dx: Float[np.ndarray, "nodes 3"]) -> float:
        return min([1.0, *(limit(x, dx) for limit in self._limits)])

"""The quasi-static solver of one head: built once for head and materials, then called per expression."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.effective_actuation import Actuation, checked_actuation, effective_actuation
from landmark_driver.simulation.elastic_energy import Device, ElasticEnergy
from landmark_driver.simulation.lbfgs import minimise_lbfgs
from landmark_driver.simulation.load import Attachment, BonePoses, Load
from landmark_driver.simulation.materials import Materials
from landmark_driver.simulation.minimum import Minimum, SolverSettings
from landmark_driver.simulation.nodal_terms import ConstantForce, EnergyTerm
from landmark_driver.simulation.potential import Potential
from landmark_driver.simulation.projective_factor import ProjectiveFactor
from landmark_driver.simulation.rest_mesh import RestMesh, inverted_tets
from landmark_driver.simulation.settled_expression import SettledExpression, settled_expression
from landmark_driver.simulation.simulation_error import InvertedResultError, NotConvergedError, PoseError

_BARRIER_FACTORS = (1.0, 10.0, 100.0, 1000.0)


class Simulator:
    """One head with its materials, attachments and contact; `settle` finds where an expression comes to rest.

    `attachments` always act; `contacts` only where `settle(contact=True)`. The constructor factors the
    preconditioner (about 40 ms at 30,000 tetrahedra).
    """

    def __init__(
        self,
        mesh: RestMesh,
        materials: Materials | None = None,
        *,
        attachments: Sequence[Attachment] = (),
        contacts: Sequence[Attachment] = (),
        settings: SolverSettings | None = None,
        device: Device = "cpu",
        threads: int | None = None,
    ):
        self.mesh = mesh
        self.materials = materials or Materials()
        self.attachments, self.contacts = tuple(attachments), tuple(contacts)
        self.settings = settings or SolverSettings()
        self.device: Device = device
        self.threads = threads
        self.elastic = ElasticEnergy(mesh, self.materials, device, threads)
        self.fixed = np.flatnonzero(mesh.bone != 0)
        density = np.asarray(self.materials.per_tet(len(mesh.tets)).density_kg_m3)
        self.node_mass_kg = mesh.lumped(density * mesh.volumes)
        self._at_rest = [attachment.posed(BonePoses()) for attachment in self.attachments]
        self._factor: ProjectiveFactor | None = None

    @property
    def factor(self) -> ProjectiveFactor:
        """The preconditioner of quasi-static solves, factored on first use."""
        if self._factor is None:
            self._factor = self.factor_with(())
        return self._factor

    def factor_with(self, terms: Iterable[EnergyTerm]) -> ProjectiveFactor:
        """The preconditioner with the nodal stiffness of further terms."""
        count = len(self.mesh.nodes)
        diagonal = sum((term.stiffness(count) for term in (*self._at_rest, *terms)), np.zeros(count))
        return ProjectiveFactor(self.mesh, 2 * self.elastic.mu + self.elastic.lam, diagonal)

    def with_materials(self, materials: Materials) -> Simulator:
        """The same head of other tissue."""
        return Simulator(
            self.mesh,
            materials,
            attachments=self.attachments,
            contacts=self.contacts,
            settings=self.settings,
            device=self.device,
            threads=self.threads,
        )

    def settle(
        self, load: Load, start: Float[np.ndarray, "nodes 3"] | None = None, *, contact: bool = True
    ) -> SettledExpression:
        """The equilibrium under `load`, from rest or from another expression's nodes.

        Never returns a half-solution: raises `NotConvergedError` (with residual and nodes) or
        `InvertedResultError`.
        """
        began = time.perf_counter()
        gravity = ConstantForce(self.node_mass_kg[:, None] * np.asarray(load.gravity_m_s2, dtype=float))
        potential = self.potential(load, [gravity], contact=contact)
        placed = self.placed(load.poses, start)
        minimum = self.minimise(potential, self.factor, placed)
        elapsed_ms = (time.perf_counter() - began) * 1e3
        return settled_expression(self.mesh, self.factor, minimum, potential, elapsed_ms)

    def settle_all(self, loads: Iterable[Load], *, contact: bool = True) -> list[SettledExpression]:
        """Every load from rest, with one factor; the order does not matter."""
        return [self.settle(load, contact=contact) for load in loads]

    def potential(self, load: Load, terms: Sequence[EnergyTerm], *, contact: bool) -> Potential:
        """The energy under `load`'s muscles and bones, plus further terms; takes over the elastic energy."""
        self.elastic.set_actuation(self.effective(load.actuation))
        riding = self.attachments + (self.contacts if contact else ())
        return Potential(self.elastic, [*terms, *(one.posed(load.poses) for one in riding)], self.fixed)

    def effective(self, actuation: Actuation | None) -> Actuation:
        """What the materials let through of an actuation (None: relaxed)."""
        count = len(self.mesh.tets)
        if actuation is None:
            given = np.broadcast_to(np.eye(3), (count, 3, 3))
        else:
            given = checked_actuation(actuation, count)
        return effective_actuation(self.mesh, self.materials, given)

    def placed(
        self, poses: BonePoses, start: Float[np.ndarray, "nodes 3"] | None
    ) -> Float[np.ndarray, "nodes 3"]:
        """A start whose bone nodes are where the bones are, the others carried along smoothly."""
        begin = self.mesh.nodes if start is None else np.asarray(start, dtype=float)
        if begin.shape != self.mesh.nodes.shape or not np.isfinite(begin).all():
            raise PoseError(f"expected a finite start of shape {self.mesh.nodes.shape}, got {begin.shape}")
        shift = self.mesh.nodes + poses.displacement(self.mesh) - begin
        shift[self.mesh.free] = 0.0
        return begin + self.factor.extended(shift) if np.any(shift) else begin

    def minimise(
        self, potential: Potential, factor: ProjectiveFactor, start: Float[np.ndarray, "nodes 3"]
    ) -> Minimum:
        """Descends, and while tetrahedra stay inverted descends on with a stronger barrier."""
        nodes = start
        try:
            for barrier in _BARRIER_FACTORS:
                self.elastic.set_barrier(barrier)
                minimum = minimise_lbfgs(potential, factor, nodes, self.settings)
                if not minimum.converged:
                    raise NotConvergedError(minimum.step_mm, minimum.iterations, minimum.nodes)
                nodes = minimum.nodes
                if self.elastic.smallest_volume_ratio(nodes) > 0.0:
                    return minimum
        finally:
            self.elastic.set_barrier(1.0)
        raise InvertedResultError(inverted_tets(nodes, self.mesh.tets), nodes)

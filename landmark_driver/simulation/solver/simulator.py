"""The quasi-static solver of one head: built once for head and materials, then called per expression."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.elastic_energy import Device, ElasticEnergy
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.nodal_terms import ConstantForce, EnergyTerm
from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.energy.simulation_error import (
    InvertedResultError,
    LoadError,
    NotConvergedError,
    OverlapError,
)
from landmark_driver.simulation.solver.contact_descent import descend_with_contact, towards
from landmark_driver.simulation.solver.effective_actuation import (
    Actuation,
    checked_actuation,
    effective_actuation,
    part_of_actuation,
)
from landmark_driver.simulation.solver.equilibrium import Equilibrium, equilibrium
from landmark_driver.simulation.solver.guarded_descent import descend_guarded
from landmark_driver.simulation.solver.lbfgs import minimise_lbfgs
from landmark_driver.simulation.solver.load import Attachment, BonePoses, Contact, Load
from landmark_driver.simulation.solver.minimum import Minimum, SolverSettings
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor

# Steps from rest, and the barrier in units of its usual weight.
_RAISING = ((4, 10.0), (8, 100.0))
_APPROACH_ITERATIONS, _APPROACH_MM = 60, 0.03


class Simulator:
    """One head with its materials, attachments and contact; `solve_static` finds where an expression comes to rest.

    `attachments` always act; `contacts` only where `solve_static(contact=True)`. The constructor factors the
    preconditioner (about 40 ms at 30,000 tetrahedra).
    """

    def __init__(
        self,
        mesh: RestMesh,
        materials: Materials | None = None,
        *,
        attachments: Sequence[Attachment] = (),
        contacts: Sequence[Contact] = (),
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
        self.held_at_rest = [attachment.posed(BonePoses()) for attachment in self.attachments]
        self._factor: ProjectiveFactor | None = None

    @property
    def factor(self) -> ProjectiveFactor:
        """The preconditioner of quasi-static solves, factored on first use."""
        if self._factor is None:
            self._factor = self.factor_at(self.mesh.nodes)
        return self._factor

    def factor_at(
        self, nodes: Float[np.ndarray, "nodes 3"], terms: Iterable[EnergyTerm] | None = None
    ) -> ProjectiveFactor:
        """The preconditioner for tissue deformed like `nodes`, with the nodal stiffness of all `terms`.

        Without any, those of the attachments at rest.
        """
        count = len(self.mesh.nodes)
        acting = self.held_at_rest if terms is None else terms
        diagonal = sum((term.stiffness(count) for term in acting), np.zeros(count))
        return ProjectiveFactor(self.mesh, self.elastic.stiffness_metric(nodes), diagonal)

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

    def solve_static(
        self,
        load: Load,
        start: Float[np.ndarray, "nodes 3"] | None = None,
        *,
        contact: bool = True,
        insist: bool = True,
    ) -> Equilibrium:
        """The equilibrium under `load`, from rest or from another expression's nodes.

        Where surfaces overlap in it, they have come through each other, and the way is gone again from rest
        with contact. Where that ends with inverted tetrahedra or not at all, the load is raised from rest in
        steps behind a strong barrier, unless `insist` is off. Never returns a half-solution: raises
        `NotConvergedError` (with residual and nodes) or `InvertedResultError`.
        """
        began = time.perf_counter()
        contacts = self.contacts if contact else ()
        with self.elastic.kept_barrier():
            self.set_inversion_barrier(load)
            try:
                minimum = self.descend(self._potential(load, 1.0), self.placed(load.poses, start))
                if any(one.violations(minimum.nodes, load.poses) for one in contacts):
                    clear = towards(self.mesh.nodes, minimum.nodes, contacts)
                    minimum = self._with_contact(clear, load, 1.0, contacts)
            except (NotConvergedError, InvertedResultError, OverlapError):
                if not insist:
                    raise
                minimum = self._raised(load, contacts)
            inversion_barrier_scale = self.elastic.barrier_weights / self.elastic.default_barrier
        overlaps = sum(one.violations(minimum.nodes, load.poses) for one in contacts) if contacts else None
        elapsed_ms = (time.perf_counter() - began) * 1e3
        return equilibrium(self.mesh, minimum, overlaps, inversion_barrier_scale, elapsed_ms)

    def solve_static_all(self, loads: Iterable[Load], *, contact: bool = True) -> list[Equilibrium]:
        """Every load from rest, with one factor; the order does not matter."""
        return [self.solve_static(load, contact=contact) for load in loads]

    def potential(self, actuation: Actuation, poses: BonePoses, terms: Sequence[EnergyTerm]) -> Potential:
        """The energy of the muscles (effective actuation) and bones, plus further terms.

        The elastic energy is the simulator's own: one potential at a time.
        """
        self.elastic.set_actuation(actuation)
        return Potential(self.elastic, [*terms, *(one.posed(poses) for one in self.attachments)], self.fixed)

    def effective(self, actuation: Actuation | None) -> Actuation:
        """What the materials let through of an actuation (None: relaxed)."""
        count = len(self.mesh.tets)
        relaxed = np.broadcast_to(np.eye(3), (count, 3, 3))
        given = relaxed if actuation is None else checked_actuation(actuation, count)
        return effective_actuation(self.mesh, self.materials, given)

    def placed(
        self,
        poses: BonePoses,
        start: Float[np.ndarray, "nodes 3"] | None,
        factor: ProjectiveFactor | None = None,
    ) -> Float[np.ndarray, "nodes 3"]:
        """A start whose bone nodes are where the bones are, the others carried along smoothly."""
        begin = self.mesh.nodes if start is None else np.asarray(start, dtype=float)
        if begin.shape != self.mesh.nodes.shape or not np.isfinite(begin).all():
            raise LoadError(
                f"Expected a finite start of shape {self.mesh.nodes.shape}, got {begin.shape} or NaN. "
                "Start from an earlier solution."
            )
        shift = self.mesh.nodes + poses.displacement(self.mesh) - begin
        shift[self.mesh.free] = 0.0
        return begin + (factor or self.factor).extended(shift) if np.any(shift) else begin

    def descend(
        self,
        potential: Potential,
        start: Float[np.ndarray, "nodes 3"],
        factor: ProjectiveFactor | None = None,
    ) -> Minimum:
        """The minimum of a potential of this head, without inverted tetrahedra."""

        def refactored(nodes: Float[np.ndarray, "nodes 3"]) -> ProjectiveFactor:
            return self.factor_at(nodes, potential.terms)

        return descend_guarded(potential, factor or self.factor, refactored, start, self.settings)

    def _potential(self, load: Load, fraction: float, terms: Sequence[EnergyTerm] = ()) -> Potential:
        """The energy when a fraction of the load acts."""
        actuation = part_of_actuation(self.effective(load.actuation), fraction)
        gravity = fraction * np.asarray(load.gravity_m_s2, dtype=float)
        weight = ConstantForce(self.node_mass_kg[:, None] * gravity)
        return self.potential(actuation, load.poses.part(fraction), [weight, *terms])

    def descend_clear(
        self,
        potential: Callable[[list[EnergyTerm]], Potential],
        clear: Float[np.ndarray, "nodes 3"],
        poses: BonePoses,
        contacts: Sequence[Contact],
    ) -> Minimum:
        """The minimum reached from a state without overlaps by never overlapping.

        `potential` is the energy with the terms that keep things apart.
        """
        few = replace(self.settings, max_iterations=_APPROACH_ITERATIONS, tolerance_mm=_APPROACH_MM)

        def approach(nodes: Float[np.ndarray, "nodes 3"], terms: list[EnergyTerm]) -> Minimum:
            energy = potential(terms)
            factor = self.factor_at(nodes, energy.terms)
            return minimise_lbfgs(energy, factor, self.placed(poses, nodes), few)

        def settle(nodes: Float[np.ndarray, "nodes 3"], terms: list[EnergyTerm]) -> Minimum:
            energy = potential(terms)
            return self.descend(energy, nodes, self.factor_at(nodes, energy.terms))

        start = towards(clear, self.placed(poses, clear), contacts)
        return descend_with_contact(approach, settle, start, contacts, poses)

    def set_inversion_barrier(self, load: Load, least: float = 1.0) -> None:
        """Sets the barrier to what the load brings along, but at least so many times its usual weight."""
        inversion_barrier_scale = (
            1.0 if load.inversion_barrier_scale is None else load.inversion_barrier_scale
        )
        self.elastic.barrier_weights = (
            np.maximum(inversion_barrier_scale, least) * self.elastic.default_barrier
        )

    def _with_contact(
        self, clear: Float[np.ndarray, "nodes 3"], load: Load, fraction: float, contacts: Sequence[Contact]
    ) -> Minimum:
        def potential(terms: list[EnergyTerm]) -> Potential:
            return self._potential(load, fraction, terms)

        return self.descend_clear(potential, clear, load.poses.part(fraction), contacts)

    def _raised(self, load: Load, contacts: Sequence[Contact]) -> Minimum:
        """The equilibrium reached from rest by raising the load in ever smaller steps, barrier up."""
        for steps, barrier in _RAISING[:-1]:
            with suppress(NotConvergedError, InvertedResultError, OverlapError):
                return self._raised_in(steps, barrier, load, contacts)
        return self._raised_in(*_RAISING[-1], load, contacts)

    def _raised_in(self, steps: int, barrier: float, load: Load, contacts: Sequence[Contact]) -> Minimum:
        self.set_inversion_barrier(load, barrier)
        reached: Minimum | None = None
        for step in range(1, steps + 1):
            fraction = step / steps
            before = reached.nodes if reached else self.mesh.nodes
            if contacts:
                reached = self._with_contact(before, load, fraction, contacts)
                continue
            start = self.placed(load.poses.part(fraction), before)
            factor = self.factor_at(before) if reached else self.factor
            reached = self.descend(self._potential(load, fraction), start, factor)
        assert reached is not None
        return reached

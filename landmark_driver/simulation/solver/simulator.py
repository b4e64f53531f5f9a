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

# Steps from rest, and the barrier in units of its default weight.
_RAISING = ((4, 10.0), (8, 100.0))
_APPROACH_ITERATIONS, _APPROACH_MM = 60, 0.03


class Simulator:
    """One head with its materials, attachments and contact; `solve_static` finds the equilibrium of an expression.

    `attachments` always act; `contacts` only where `solve_static(contact=True)`. The preconditioner is
    factored on first use (about 40 ms at 30,000 tetrahedra).
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
        """Return the preconditioner for deformed tissue.

        Args:
            nodes: (nodes, 3) metres, of the deformed tissue.
            terms: whose nodal stiffness is added; None for those of the attachments at rest.

        Returns:
            The factored matrix, with the barrier's present weights.

        Raises:
            RestMeshError: for a mesh without free nodes, or with nothing that holds it.
        """
        count = len(self.mesh.nodes)
        acting = self.held_at_rest if terms is None else terms
        diagonal = sum((term.stiffness(count) for term in acting), np.zeros(count))
        return ProjectiveFactor(self.mesh, self.elastic.stiffness_metric(nodes), diagonal)

    def with_materials(self, materials: Materials) -> Simulator:
        """Return the simulator of the same head with other tissue.

        Args:
            materials: one value for the head, or one a tetrahedron.

        Returns:
            A simulator with the same attachments, contacts, settings and device.
        """
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
        """Return the equilibrium under a load.

        Where surfaces overlap in it, they have come through each other, and the way is gone again from rest
        with contact. Where that ends with inverted tetrahedra or not at all, the load is raised from rest in
        steps behind a strong barrier.

        Args:
            load: muscles, bones and gravity, head frame.
            start: (nodes, 3) metres, head frame, such as another expression's nodes; None for rest.
            contact: whether contacts act.
            insist: False raises instead of raising the load in steps.

        Returns:
            The equilibrium, never a half-solution.

        Raises:
            NotConvergedError: for a solve that does not end; it carries residual and nodes.
            InvertedResultError: for tetrahedra that stay inverted.
            OverlapError: for overlaps that contact leaves.
            LoadError: for a start of the wrong shape, or with NaN.
            ActuationError: for actuation that is not finite, symmetric and positive definite.
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
        """Return the equilibrium of every load from rest, with one factor.

        Args:
            loads: their order does not matter.
            contact: whether contacts act.

        Returns:
            One equilibrium a load.

        Raises:
            SimulationError: as `solve_static` does, for the first load that has no equilibrium.
        """
        return [self.solve_static(load, contact=contact) for load in loads]

    def potential(self, actuation: Actuation, poses: BonePoses, terms: Sequence[EnergyTerm]) -> Potential:
        """Return the energy of the muscles and bones, plus further terms.

        Args:
            actuation: (tets, 3, 3), the effective one.
            poses: of the bones; the attachments follow them.
            terms: in the frame of the poses.

        Returns:
            The potential. Its elastic energy is the simulator's own: one potential at a time.
        """
        self.elastic.set_actuation(actuation)
        return Potential(self.elastic, [*terms, *(one.posed(poses) for one in self.attachments)], self.fixed)

    def effective(self, actuation: Actuation | None) -> Actuation:
        """Return the effective actuation under the simulator's materials.

        Args:
            actuation: (tets, 3, 3), symmetric and positive definite; None for relaxed muscles.

        Returns:
            (tets, 3, 3), scaled by muscle strength and soft tissue's volume.

        Raises:
            ActuationError: for actuation that is not finite, symmetric and positive definite.
        """
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
        """Return a start whose bone nodes are where the bones are, the others carried along smoothly.

        Args:
            poses: of the bones.
            start: (nodes, 3) metres, in the frame of the poses; None for rest.
            factor: carries the free nodes; None for the quasi-static one.

        Returns:
            (nodes, 3) metres, in the frame of the poses; the start itself where the bones do not move.

        Raises:
            LoadError: for a start of the wrong shape, or with NaN.
        """
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
        """Return the minimum of a potential of this head, without inverted tetrahedra.

        Args:
            potential: made by `potential`.
            start: (nodes, 3) metres, bone nodes placed.
            factor: the preconditioner to begin with; None for the quasi-static one.

        Returns:
            A converged minimum; the barrier stays as strong as it had to become.

        Raises:
            NotConvergedError: for a descent that does not end.
            InvertedResultError: for tetrahedra that stay inverted.
        """

        def refactored(nodes: Float[np.ndarray, "nodes 3"]) -> ProjectiveFactor:
            return self.factor_at(nodes, potential.terms)

        return descend_guarded(potential, factor or self.factor, refactored, start, self.settings)

    def loaded(self, load: Load) -> Potential:
        """Return the energy under a load, without contact, with the barrier that is set.

        Args:
            load: muscles, bones and gravity, head frame.

        Returns:
            The potential. Its elastic energy is the simulator's own: one potential at a time.
        """
        return self._potential(load, 1.0)

    def _potential(self, load: Load, fraction: float, terms: Sequence[EnergyTerm] = ()) -> Potential:
        """Return the energy when a fraction of the load acts."""
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
        """Return the minimum reached from a state without overlaps by never overlapping.

        Args:
            potential: takes the terms that keep surfaces apart, and returns the energy with them.
            clear: (nodes, 3) metres, without overlaps.
            poses: of the bones, in the frame of the nodes.
            contacts: at least one.

        Returns:
            A converged minimum without overlaps.

        Raises:
            NotConvergedError: for a descent that does not end.
            InvertedResultError: for tetrahedra that stay inverted.
            OverlapError: for overlaps in the result.
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
        """Set the barrier to a load's scale, but at least to a multiple of its default weight.

        Args:
            load: gives `inversion_barrier_scale`, None for 1.
            least: the smallest factor on the default barrier weight.
        """
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
        """Return the equilibrium reached from rest by raising the load in ever smaller steps, barrier up."""
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

"""Tissue in motion: backward Euler steps as minimisations, seen from the moving head.

One step of h seconds minimises the quasi-static energy plus

    1/2h^2 ||x - 2 x_n + x_(n-1)||^2_M  +  c/2h ||x - x_n - (y - y_n)||^2_M,

the first term inertia, the second damping of motion relative to the head (y is where a rigid head would carry
the nodes, c in 1/s). The world is inertial: the head's own motion enters through the cranium's pose. A step
is unconditionally stable and takes energy away, never adds any (BDF1).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from landmark_driver.geometry.affine_pose import Pose, moved_points
from landmark_driver.simulation.energy.checked_pose import checked_pose
from landmark_driver.simulation.energy.nodal_terms import ConstantForce, EnergyTerm, NodeSprings
from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.energy.simulation_error import LoadError
from landmark_driver.simulation.solver.equilibrium import Equilibrium, equilibrium
from landmark_driver.simulation.solver.load import BonePoses, Contact, Load
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor
from landmark_driver.simulation.solver.simulator import Simulator


@dataclass(frozen=True)
class MotionFrame:
    """The causes of one step. Gravity of the load is in *world* axes here, bone poses relative to the head."""

    load: Load
    T_world_head: Pose = field(default_factory=lambda: np.eye(4))


@dataclass(frozen=True)
class MovingTissue:
    """Nodes (metres) in the head frame and in the world, and the mechanical energy after the step (J)."""

    nodes: Float[np.ndarray, "nodes 3"]
    nodes_world: Float[np.ndarray, "nodes 3"]
    velocity_m_s: Float[np.ndarray, "nodes 3"]
    """In the world."""
    kinetic_j: float
    potential_j: float
    evidence: Equilibrium
    """The measures of the step's own minimum, nodes in the world."""

    @property
    def total_j(self) -> float:
        """Kinetic, elastic and gravitational energy."""
        return self.kinetic_j + self.potential_j


class TissueMotion:
    """Steps one head through time; `step_s` is the length of a step, `damping_hz` the c above.

    Nothing of `contacts` overlaps after a step where nothing did before the first.

    Raises:
        LoadError: for a step or damping that is not finite, a step of 0 or less, or negative damping.
    """

    def __init__(
        self,
        simulator: Simulator,
        step_s: float,
        damping_hz: float = 0.0,
        contacts: Sequence[Contact] = (),
    ):
        if not (np.isfinite(step_s) and step_s > 0 and np.isfinite(damping_hz) and damping_hz >= 0):
            raise LoadError(
                f"Expected a step above 0 s and damping from 0 Hz, got {step_s} s and {damping_hz} Hz. Raise them."
            )
        self.simulator, self.step_s, self.damping_hz = simulator, step_s, damping_hz
        self.contacts = tuple(contacts)
        mass = simulator.node_mass_kg
        self._inertia, self._drag = mass / step_s**2, damping_hz * mass / step_s
        springs = NodeSprings(simulator.mesh.nodes, self._inertia + self._drag)
        self._factor: ProjectiveFactor = simulator.factor_at(
            simulator.mesh.nodes, [springs, *simulator.held_at_rest]
        )

    def run(
        self,
        frames: Iterable[MotionFrame],
        start: Float[np.ndarray, "nodes 3"] | None = None,
        velocity_m_s: Float[np.ndarray, "nodes 3"] | None = None,
        T_world_head: Pose | None = None,
    ) -> Iterator[MovingTissue]:
        """Yield one state a frame.

        `start`, `velocity_m_s` and `T_world_head` belong to the time before the first frame.

        Args:
            frames: the causes of each step.
            start: (nodes, 3) metres, head frame; None for rest.
            velocity_m_s: (nodes, 3) m/s, world; None for still.
            T_world_head: 4x4; None for the first frame's.

        Returns:
            States in head frame and world, one step apart.

        Raises:
            PoseError: for a head pose that is not finite, affine and of positive determinant.
            NotConvergedError: for a step that does not end.
            InvertedResultError: for tetrahedra that stay inverted.
            OverlapError: for overlaps that contact leaves.
        """
        x = velocity = old_pose = None
        for frame in frames:
            pose = checked_pose("world", frame.T_world_head)
            if x is None or velocity is None or old_pose is None:
                old_pose = pose if T_world_head is None else checked_pose("world", T_world_head)
                x = moved_points(old_pose, self.simulator.mesh.nodes if start is None else start)
                velocity = np.zeros_like(x) if velocity_m_s is None else np.asarray(velocity_m_s, dtype=float)
            with self.simulator.elastic.kept_barrier():
                state = self._step(frame.load, pose, old_pose, x, velocity)
            yield state
            x, velocity, old_pose = state.nodes_world, state.velocity_m_s, pose

    def _step(
        self, load: Load, pose: Pose, old_pose: Pose, x: np.ndarray, velocity: np.ndarray
    ) -> MovingTissue:
        simulator, h, began = self.simulator, self.step_s, time.perf_counter()
        carried = moved_points(pose @ np.linalg.inv(old_pose), x)
        springs = self._inertia + self._drag
        pull = self._inertia[:, None] * (x + h * velocity) + self._drag[:, None] * carried
        ahead = NodeSprings(pull / springs[:, None], springs)
        poses = BonePoses(mandible=pose @ load.poses.mandible, cranium=pose @ load.poses.cranium)
        weight = ConstantForce(simulator.node_mass_kg[:, None] * np.asarray(load.gravity_m_s2, dtype=float))
        actuation = simulator.effective(load.actuation)
        simulator.set_inversion_barrier(load)

        def dynamics(apart: list[EnergyTerm]) -> Potential:
            return simulator.potential(actuation, poses, [weight, ahead, *apart])

        start = simulator.placed(poses, carried, self._factor)
        minimum = simulator.descend(dynamics([]), start, self._factor)
        if any(contact.violations(minimum.nodes, poses) for contact in self.contacts):
            minimum = simulator.descend_clear(dynamics, carried, poses, self.contacts)
        overlaps = sum(contact.violations(minimum.nodes, poses) for contact in self.contacts)
        inversion_barrier_scale = simulator.elastic.barrier_weights / simulator.elastic.default_barrier
        moved = minimum.nodes
        moving, elapsed_ms = (moved - x) / h, (time.perf_counter() - began) * 1e3
        statics = simulator.potential(actuation, poses, [weight])
        return MovingTissue(
            nodes=moved_points(np.linalg.inv(pose), moved),
            nodes_world=moved,
            velocity_m_s=moving,
            kinetic_j=float(0.5 * np.sum(simulator.node_mass_kg[:, None] * moving**2)),
            potential_j=statics.evaluate(moved, np.empty_like(moved)),
            evidence=equilibrium(
                simulator.mesh,
                minimum,
                overlaps if self.contacts else None,
                inversion_barrier_scale,
                elapsed_ms,
            ),
        )

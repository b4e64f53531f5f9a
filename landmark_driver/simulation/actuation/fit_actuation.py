"""Actuation from an expression: the muscles' stretches that bring the skin to a target.

Three steps follow design seeds of Phace (Ichim et al. 2017) and our own measurements. They are repeated a few
times:

1. *Inverse.* Stiff springs pull the skin nodes of passive tissue to the aim, which is first the target. Soft
   tissue is stiff and muscle has 0.03 of that stiffness, so that the motion happens where muscles are. A few
   rounds of a growing barrier right inverted tetrahedra as far as they can. A stretch read from an inverted
   tetrahedron is none that tissue can have. Most of the motion that muscles once failed to repeat came from
   there.
2. *Read off.* F = R A gives A in every muscle tetrahedron. Soft tissue takes the square root of its own
   stretch (half of it in the logarithm), and muscle strength scales it later like the rest. Stretches are
   clamped to 0.1 ... 6; at 0.3 ... 3 the clamp itself was the largest error left, 4 mm at a lip corner.
   Volumes are clamped to at least 0.15: a muscle with a flat actuation ends up inside out.
3. *Correct.* The forward model comes to equilibrium, and the aim of each node moves against its error. It
   moves at most 3 mm a round and 12 mm in all, at a gain that halves where the error grew. The best round
   that comes to equilibrium without inversions is kept. Tetrahedra that are nearly flat in the inverse resist
   inversion more from the start (`guard`). Tetrahedra that invert all the same take their actuation from the
   best round before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.nodal_terms import NodeSprings
from landmark_driver.simulation.energy.rest_mesh import MUSCLE_TISSUE
from landmark_driver.simulation.energy.simulation_error import (
    ActuationError,
    InvertedResultError,
    NotConvergedError,
)
from landmark_driver.simulation.solver.effective_actuation import Actuation
from landmark_driver.simulation.solver.equilibrium import Equilibrium
from landmark_driver.simulation.solver.guarded_descent import descend_guarded
from landmark_driver.simulation.solver.lbfgs import minimise_lbfgs
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.projective_factor import ProjectiveFactor
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.tissue_parameters import SOFT_YOUNGS

_MOVING_M = 5e-4
_MEANS_PER_MAXIMUM = 7.0
_NEARBY_ITERATIONS = 100
_FLAT = 0.05


@dataclass(frozen=True)
class FittingSettings:
    """Limits and counts of the correction.

    `inverse_iterations` counts those of one inverse over all rounds of its barrier. `spring_n_m` is stiff
    beside a node's own 10 to 100.
    """

    rounds: int = 6
    inverse_iterations: int = 400
    barrier_rounds: tuple[int, ...] = (4, 1)
    """Rounds of the inverse's barrier in the first search, and in a second one where the first was not acceptable."""
    good_enough_mm: float = 0.06
    easy_rounds: int = 3
    acceptable_mm: float = 0.4
    """After the easy rounds the mean and a fraction of the maximum together need only be below this."""
    muscle_softness: float = 0.03
    smallest_stretch: float = 0.1
    largest_stretch: float = 6.0
    smallest_volume: float = 0.15
    nearly_flat: float = 0.15
    guard: float = 10.0
    """`inversion_barrier_scale` of nearly flat tetrahedra: a factor on the default barrier."""
    tries: int = 4
    """Attempts to come to equilibrium in one round."""
    largest_correction_mm: float = 3.0
    largest_lead_mm: float = 12.0
    spring_n_m: float = 1000.0


@dataclass(frozen=True)
class FittedActuation:
    """The actuation of the best round, its equilibrium, and the distance of the target nodes from their targets."""

    actuation: Actuation
    nodes: Float[np.ndarray, "nodes 3"]
    """Metres, head frame."""
    errors_mm: Float[np.ndarray, "targets"]
    inversion_barrier_scale: Float[np.ndarray, "tets"] | None
    """The barrier that keeps that round from inversions; it belongs to the load that repeats the round."""
    mean_mm_by_round: tuple[float, ...]
    """Mean error over the targets that move."""


@dataclass(frozen=True)
class _Round:
    """The load of a round, its nodes, and how far they ended from their targets."""

    load: Load
    nodes: Float[np.ndarray, "nodes 3"]
    score: float
    """Mean over targets that move, plus a fraction of the maximum, mm."""


class ActuationFitter:
    """Fits actuations of one head; `simulator` is the forward model, usually with default materials.

    `target_nodes` are the nodes whose positions an expression prescribes, usually the skin wrap's. The fit
    itself runs without gravity and without contact.
    """

    def __init__(
        self,
        simulator: Simulator,
        target_nodes: Int[np.ndarray, "targets"],
        settings: FittingSettings | None = None,
    ):
        self.simulator, self.target_nodes = simulator, np.asarray(target_nodes)
        self.settings = settings or FittingSettings()
        stiff = Materials(
            muscle_youngs_pa=SOFT_YOUNGS.default * self.settings.muscle_softness,
            poisson_ratio=simulator.materials.poisson_ratio,
        )
        self._inverse = simulator.with_materials(stiff)
        weights = self._inverse.elastic.barrier_weights
        self._inverse.elastic.barrier_weights = np.full_like(weights, weights.max())
        springs = np.zeros(len(simulator.mesh.nodes))
        springs[self.target_nodes] = self.settings.spring_n_m
        self._springs = springs
        iterations = self.settings.inverse_iterations
        self._inverse_solver = SolverSettings(tolerance_mm=0.02, max_iterations=iterations)
        self._nearby = SolverSettings(tolerance_mm=0.02, max_iterations=_NEARBY_ITERATIONS)
        pull = NodeSprings(simulator.mesh.nodes, springs)
        self._factor = self._inverse.factor_at(simulator.mesh.nodes, [pull, *self._inverse.held_at_rest])

    def fit(self, targets: Float[np.ndarray, "targets 3"], poses: BonePoses | None = None) -> FittedActuation:
        """Return the actuation that brings the target nodes to their targets.

        Args:
            targets: (targets, 3) metres, head frame, one for each of `target_nodes`.
            poses: of the bones; None for rest.

        Returns:
            The actuation of the best round, with the nodes and errors of its equilibrium.

        Raises:
            ActuationError: for targets of the wrong shape, or with NaN.
            NotConvergedError: for a best round that does not converge.
            InvertedResultError: for a best round whose tetrahedra stay inverted.
        """
        targets, poses = self._checked(targets), poses or BonePoses()
        means_mm, best = list[float](), None
        for barrier_rounds in self.settings.barrier_rounds:
            best = self._best_round(targets, poses, barrier_rounds, best, means_mm)
            if best.score < self.settings.acceptable_mm:
                break
        assert best is not None
        settled = self.simulator.solve_static(best.load, best.nodes, contact=False)
        load, nodes = (
            replace(best.load, inversion_barrier_scale=settled.inversion_barrier_scale),
            settled.nodes,
        )
        errors = np.linalg.norm(targets - nodes[self.target_nodes], axis=1) * 1e3
        assert load.actuation is not None
        return FittedActuation(load.actuation, nodes, errors, load.inversion_barrier_scale, tuple(means_mm))

    def _best_round(
        self,
        targets: np.ndarray,
        poses: BonePoses,
        barrier_rounds: int,
        best: _Round | None,
        means_mm: list[float],
    ) -> _Round:
        """Return the best round of one search, or `best` of an earlier one; append to `means_mm`."""
        search = _Search(targets, self._moving(targets), self.settings)
        load, nodes, inside = Load(), self.simulator.mesh.nodes, None
        for number in range(1, self.settings.rounds + 1):
            inside = self._solve_inside(search.aim, poses, inside, barrier_rounds)
            load, rested, nodes = self._act(Load(self._read_off(inside), poses), inside, best)
            mean_mm, most_mm = search.miss(nodes[self.target_nodes])
            means_mm.append(mean_mm)
            if rested:
                score = mean_mm + most_mm / _MEANS_PER_MAXIMUM
                if best is None or score < best.score:
                    best = _Round(
                        replace(load, inversion_barrier_scale=rested.inversion_barrier_scale), nodes, score
                    )
                hard = number > self.settings.easy_rounds
                if mean_mm < self.settings.good_enough_mm or (hard and score < self.settings.acceptable_mm):
                    return best
            search.correct(nodes[self.target_nodes])
        if best is None:
            settled = self.simulator.solve_static(load, nodes, contact=False)
            mean_mm, most_mm = search.miss(settled.nodes[self.target_nodes])
            score = mean_mm + most_mm / _MEANS_PER_MAXIMUM
            best = _Round(
                replace(load, inversion_barrier_scale=settled.inversion_barrier_scale), settled.nodes, score
            )
        return best

    def _act(
        self, load: Load, start: np.ndarray, best: _Round | None
    ) -> tuple[Load, Equilibrium | None, np.ndarray]:
        """Return the load that acted, its equilibrium (None where each one has inversions), and its nodes.

        Where tetrahedra end inverted, they and their neighbours take their actuation from the best round so
        far. Before there is one, they take half of their own (in the logarithm). After a failure the nodes
        are those before inverted tetrahedra are righted: near enough to correct by.
        """
        mesh, elastic, settings = self.simulator.mesh, self.simulator.elastic, self.settings
        ratios = elastic.volume_ratios(start)
        load = replace(
            load, inversion_barrier_scale=np.where(ratios < settings.nearly_flat, settings.guard, 1.0)
        )
        bad, held, tried, begin = ratios <= 0.0, np.zeros(len(mesh.tets), dtype=bool), load, start
        for _ in range(settings.tries):
            try:
                rested = self.simulator.solve_static(tried, begin, contact=False, insist=False)
                return tried, rested, rested.nodes
            except (NotConvergedError, InvertedResultError) as error:
                bad |= elastic.volume_ratios(error.nodes) <= _FLAT
            touched = np.isin(mesh.tets, mesh.tets[bad]).any(axis=1)
            if best is not None and not (touched & ~held).any():
                begin = best.nodes
            held |= touched
            tried = self._holding(load, held, best)
        with elastic.kept_barrier():
            self.simulator.set_inversion_barrier(load)
            potential = self.simulator.potential(self.simulator.effective(load.actuation), load.poses, [])
            nodes = minimise_lbfgs(potential, self.simulator.factor_at(start), start, self._nearby).nodes
        return load, None, nodes

    @staticmethod
    def _holding(load: Load, held: np.ndarray, best: _Round | None) -> Load:
        """Return the load with some tetrahedra acting as in the best round, or half as much."""
        assert load.actuation is not None and load.inversion_barrier_scale is not None
        actuation, inversion_barrier_scale = load.actuation.copy(), load.inversion_barrier_scale
        if best is None:
            stretches, directions = np.linalg.eigh(actuation[held])
            actuation[held] = (directions * np.sqrt(stretches)[:, None, :]) @ np.swapaxes(directions, 1, 2)
        else:
            assert best.load.actuation is not None and best.load.inversion_barrier_scale is not None
            actuation[held] = best.load.actuation[held]
            inversion_barrier_scale = np.where(
                held, best.load.inversion_barrier_scale, inversion_barrier_scale
            )
        return replace(load, actuation=actuation, inversion_barrier_scale=inversion_barrier_scale)

    def _solve_inside(
        self, aim: np.ndarray, poses: BonePoses, start: np.ndarray | None, barrier_rounds: int
    ) -> np.ndarray:
        """Return the nodes of passive tissue whose skin is pulled to `aim`."""
        inverse = self._inverse
        anchors = np.array(self.simulator.mesh.nodes)
        anchors[self.target_nodes] = aim
        pull = NodeSprings(anchors, self._springs)
        potential = inverse.potential(inverse.effective(None), poses, [pull])
        placed = inverse.placed(poses, start)

        def refactored(nodes: np.ndarray) -> ProjectiveFactor:
            return inverse.factor_at(nodes, potential.terms)

        with inverse.elastic.kept_barrier():
            try:
                return descend_guarded(
                    potential, self._factor, refactored, placed, self._inverse_solver, barrier_rounds
                ).nodes
            except (NotConvergedError, InvertedResultError) as stopped:
                return stopped.nodes

    def _read_off(self, inside: np.ndarray) -> Actuation:
        """Return A of F = R A in muscle, its square root in soft tissue."""
        F, settings = self.simulator.elastic.deformation_gradients(inside), self.settings
        squares, directions = np.linalg.eigh(np.swapaxes(F, 1, 2) @ F)
        stretches = np.sqrt(np.maximum(squares, 0.0))
        stretches[np.linalg.det(F) < 0, 0] = 0.0
        stretches = np.clip(stretches, settings.smallest_stretch, settings.largest_stretch)
        stretches *= np.cbrt(np.maximum(1.0, settings.smallest_volume / stretches.prod(axis=1)))[:, None]
        soft = self.simulator.mesh.tissue != MUSCLE_TISSUE
        stretches[soft] = np.sqrt(stretches[soft])
        return (directions * stretches[:, None, :]) @ np.swapaxes(directions, 1, 2)

    def _moving(self, targets: np.ndarray) -> np.ndarray:
        """Return a mask of the targets away from rest; all True where none is."""
        moving = np.linalg.norm(targets - self.simulator.mesh.nodes[self.target_nodes], axis=1) > _MOVING_M
        return moving if moving.any() else np.ones(len(targets), dtype=bool)

    def _checked(self, targets: np.ndarray) -> np.ndarray:
        targets = np.asarray(targets, dtype=float)
        if targets.shape != (len(self.target_nodes), 3) or not np.isfinite(targets).all():
            raise ActuationError(
                f"Expected finite targets of shape ({len(self.target_nodes)}, 3), got {targets.shape} "
                "or NaN. Check the expression weights."
            )
        return targets


class _Search:
    """The error that is left, and the next aim."""

    def __init__(self, targets: np.ndarray, moving: np.ndarray, settings: FittingSettings):
        self._targets, self._moving, self._settings = targets, moving, settings
        self.aim = targets.copy()
        self._gain, self._errors = np.ones(len(targets)), np.full(len(targets), np.inf)

    def miss(self, reached: np.ndarray) -> tuple[float, float]:
        """Return the mean over targets that move, and the maximum, mm."""
        errors = np.linalg.norm(self._targets - reached, axis=1) * 1e3
        return float(errors[self._moving].mean()), float(errors.max())

    def correct(self, reached: np.ndarray) -> None:
        """Move the aim against the error."""
        miss = self._targets - reached
        errors = np.linalg.norm(miss, axis=1)
        self._gain = np.where(errors > self._errors, self._gain / 2, self._gain)
        self._errors = errors
        self.aim += self._gain[:, None] * _shortened(miss, self._settings.largest_correction_mm * 1e-3)
        self.aim = self._targets + _shortened(self.aim - self._targets, self._settings.largest_lead_mm * 1e-3)


def _shortened(vectors: Float[np.ndarray, "n 3"], longest: float) -> Float[np.ndarray, "n 3"]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors * np.minimum(1.0, longest / np.maximum(lengths, 1e-12))

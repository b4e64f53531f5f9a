"""Actuation from an expression: what the muscles must do for the skin to arrive at a target.

Three steps, after design seeds of Phace (Ichim et al. 2017) and our own measurements:

1. *Inverse.* Passive tissue whose skin nodes are pulled to the target by stiff springs; soft tissue is stiff,
   muscle 0.03 of that, so that the motion happens where muscles are. The barrier against inversion is as
   stiff in muscle as elsewhere; a sliver that stays inverted does no harm, since only its stretch is read.
2. *Read off.* F = R A in every muscle tetrahedron; soft tissue takes the square root of its own stretch (half
   of it in the logarithm), scaled later by muscle strength like the rest. Stretches are clamped to 0.1 ... 6:
   at 0.3 ... 3 the clamp itself was the largest error left (4 mm at a lip corner).
3. *Correct.* Simulate forward, move each target node against its error (at most 3 mm a round), at a gain that
   halves where the error grew, and keep the best round. The last rounds settle without inversions; what they
   find out about resisting inversion (`guard`) stays for the rounds after, or they would correct for a
   different tissue each time. The aim stays within 12 mm of its target: where tissue cannot follow, more only
   pulls at its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.simulation.effective_actuation import Actuation
from landmark_driver.simulation.lbfgs import minimise_lbfgs
from landmark_driver.simulation.load import BonePoses, Load
from landmark_driver.simulation.materials import Materials
from landmark_driver.simulation.minimum import SolverSettings
from landmark_driver.simulation.nodal_terms import NodeSprings
from landmark_driver.simulation.rest_mesh import MUSCLE_TISSUE
from landmark_driver.simulation.simulation_error import ActuationError
from landmark_driver.simulation.simulator import Simulator

_NOT_WORSE_MM = 0.06
_MOVING_M = 5e-4
_MEANS_PER_MAXIMUM = 7.0


@dataclass(frozen=True)
class FittingSettings:
    """How far and how often to correct, each solve with at most so many iterations.

    `spring_n_m` is stiff beside a node's 10 to 100.
    """

    rounds: int = 5
    settled_rounds: int = 6
    most_iterations: int = 100
    good_enough_mm: float = 0.06
    muscle_softness: float = 0.03
    smallest_stretch: float = 0.1
    largest_stretch: float = 6.0
    largest_correction_mm: float = 3.0
    largest_lead_mm: float = 12.0
    spring_n_m: float = 1000.0


@dataclass(frozen=True)
class FittedActuation:
    """The actuation of the best round, where it takes the nodes, and how far off the targets those are."""

    actuation: Actuation
    nodes: Float[np.ndarray, "nodes 3"]
    errors_mm: Float[np.ndarray, "targets"]
    guard: Float[np.ndarray, "tets"] | None
    """What keeps that round from inversions: belongs to the load that repeats it."""
    mean_mm_by_round: tuple[float, ...]
    """Over targets that move."""


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
            muscle_youngs_pa=5e3 * self.settings.muscle_softness,
            poisson_ratio=simulator.materials.poisson_ratio,
        )
        self._inverse = simulator.with_materials(stiff)
        weights = self._inverse.elastic.barrier_weights
        self._inverse.elastic.barrier_weights = np.full_like(weights, weights.max())
        springs = np.zeros(len(simulator.mesh.nodes))
        springs[self.target_nodes] = self.settings.spring_n_m
        self._springs = springs
        self._loose = SolverSettings(tolerance_mm=0.02, max_iterations=self.settings.most_iterations)
        pull = NodeSprings(simulator.mesh.nodes, springs)
        self._factor = self._inverse.factor_at(simulator.mesh.nodes, [pull, *self._inverse.held_at_rest])

    def fit(self, targets: Float[np.ndarray, "targets 3"], poses: BonePoses | None = None) -> FittedActuation:
        """The actuation that brings the target nodes to `targets` (metres) while the bones are at `poses`."""
        targets, poses = self._checked(targets), poses or BonePoses()
        moving = self._moving(targets)
        search = _Search(targets, moving, self.settings)
        inside = None
        for _ in range(self.settings.rounds):
            inside = self._solve_inside(search.aim, poses, inside)
            actuation = self._read_off(inside)
            nodes = self._act(actuation, poses, inside)
            if search.record(Load(actuation, poses), nodes, nodes[self.target_nodes]):
                break
        settling = _Search(targets, moving, self.settings, search.best_aim)
        load, nodes = search.best
        for _ in range(self.settings.settled_rounds):
            settled = self.simulator.settle(load, nodes, contact=False)
            load, nodes = replace(load, guard=settled.guard), settled.nodes
            if settling.record(load, nodes, nodes[self.target_nodes], search.best_mean_mm):
                break
            inside = self._solve_inside(settling.aim, poses, inside)
            load = replace(load, actuation=self._read_off(inside))
        load, nodes = settling.best
        errors = np.linalg.norm(targets - nodes[self.target_nodes], axis=1) * 1e3
        means_mm = (*search.means_mm, *settling.means_mm)
        assert load.actuation is not None
        return FittedActuation(load.actuation, nodes, errors, load.guard, means_mm)

    def _act(self, actuation: Actuation, poses: BonePoses, start: np.ndarray) -> np.ndarray:
        """Where the muscles bring the tissue, near enough to correct by; a sliver may be inverted."""
        potential = self.simulator.potential(self.simulator.effective(actuation), poses, [])
        return minimise_lbfgs(potential, self.simulator.factor, start, self._loose).nodes

    def _solve_inside(self, aim: np.ndarray, poses: BonePoses, start: np.ndarray | None) -> np.ndarray:
        """Where passive tissue lies when its skin is pulled to `aim`."""
        anchors = np.array(self.simulator.mesh.nodes)
        anchors[self.target_nodes] = aim
        pull = NodeSprings(anchors, self._springs)
        potential = self._inverse.potential(self._inverse.effective(None), poses, [pull])
        placed = self._inverse.placed(poses, start)
        return minimise_lbfgs(potential, self._factor, placed, self._loose).nodes

    def _read_off(self, inside: np.ndarray) -> Actuation:
        """A of F = R A in muscle, its square root in soft tissue."""
        F = self.simulator.elastic.deformation_gradients(inside)
        squared, settings = np.swapaxes(F, 1, 2) @ F, self.settings
        stretches, directions = np.linalg.eigh(squared)
        power = np.where(self.simulator.mesh.tissue == MUSCLE_TISSUE, 0.5, 0.25)
        limits = settings.smallest_stretch, settings.largest_stretch
        stretches = np.clip(np.maximum(stretches, 1e-12) ** power[:, None], *limits)
        return (directions * stretches[:, None, :]) @ np.swapaxes(directions, 1, 2)

    def _moving(self, targets: np.ndarray) -> np.ndarray:
        """Which targets are away from rest; all where none is."""
        moving = np.linalg.norm(targets - self.simulator.mesh.nodes[self.target_nodes], axis=1) > _MOVING_M
        return moving if moving.any() else np.ones(len(targets), dtype=bool)

    def _checked(self, targets: np.ndarray) -> np.ndarray:
        targets = np.asarray(targets, dtype=float)
        if targets.shape != (len(self.target_nodes), 3) or not np.isfinite(targets).all():
            raise ActuationError(
                f"expected finite targets of shape ({len(self.target_nodes)}, 3), got {targets.shape} "
                "or NaN; check the expression weights"
            )
        return targets


class _Search:
    """Where to aim next, and the best round so far: by the mean over targets that move, and the maximum."""

    def __init__(
        self,
        targets: np.ndarray,
        moving: np.ndarray,
        settings: FittingSettings,
        aim: np.ndarray | None = None,
    ):
        self._targets, self._moving, self._settings = targets, moving, settings
        self._best_score = np.inf
        self.aim = targets.copy() if aim is None else aim.copy()
        self._gain, self._errors = np.ones(len(targets)), np.full(len(targets), np.inf)
        self.means_mm: list[float] = []

    def record(self, load: Load, nodes: np.ndarray, reached: np.ndarray, enough_mm: float = 0.0) -> bool:
        """Takes in what a round reached and corrects the aim; True when that is good enough."""
        miss = self._targets - reached
        errors = np.linalg.norm(miss, axis=1) * 1e3
        mean_mm = float(errors[self._moving].mean())
        score = mean_mm + errors.max() / _MEANS_PER_MAXIMUM
        if score < self._best_score:
            self._best_score, self.best, self.best_aim = score, (load, nodes), self.aim.copy()
        self.means_mm.append(mean_mm)
        self._gain = np.where(errors > self._errors, self._gain / 2, self._gain)
        self._errors = errors
        self.aim += self._gain[:, None] * _shortened(miss, self._settings.largest_correction_mm * 1e-3)
        self.aim = self._targets + _shortened(self.aim - self._targets, self._settings.largest_lead_mm * 1e-3)
        good_enough_mm = self._settings.good_enough_mm
        return self.means_mm[-1] < (good_enough_mm if enough_mm == 0.0 else enough_mm + _NOT_WORSE_MM)

    @property
    def best_mean_mm(self) -> float:
        return min(self.means_mm)


def _shortened(vectors: Float[np.ndarray, "n 3"], longest: float) -> Float[np.ndarray, "n 3"]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors * np.minimum(1.0, longest / np.maximum(lengths, 1e-12))

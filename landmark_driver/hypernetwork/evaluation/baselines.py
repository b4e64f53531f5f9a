"""Baselines beside the networks: simpler ways from landmark displacements to vertices.

Every method is prepared for a head and layout and then called frame by frame with displacements (L, 3) in
metres and a mask of the landmarks that are seen; it returns displacements of all vertices in metres.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import cho_factor, cho_solve, lu_factor, lu_solve
from scipy.spatial.distance import cdist

from landmark_driver.drivers.arkit_weight_solver import ArkitWeightSolver, SolverSettings
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.hypernetwork.data.pooled_basis import PooledBasis
from landmark_driver.network.compile_frame import Observation, compile_landmarks, landmark_posterior
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.head_network import HeadNetwork, folded_forward, specialise
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.posterior.evidence import LATENT_ALONE, Evidence, ResidualChoice
from landmark_driver.posterior.landmark_noise import LandmarkNoise
from landmark_driver.posterior.residual_kernel import ResidualKernel
from landmark_driver.tissue.tissue_setting import TissueSetting

Displace = Callable[
    [Float[np.ndarray, "landmarks 3"], Bool[np.ndarray, "landmarks"]], Float[np.ndarray, "vertices 3"]
]

_LEAST_NOISE_M = 2e-5
_RIDGE = 0.05
_TREMBLING = ResidualChoice(0.0, trembles=True)


@dataclass(frozen=True, eq=False)
class Task:
    """A head to be driven from a layout: all that a method is given. Metres, head frame."""

    neutral: Float[np.ndarray, "vertices 3"]
    expressions: Float[np.ndarray, "52 vertices 3"]
    """The head's linear blendshapes."""
    setting: TissueSetting
    layout: LandmarkEmbedding
    noise_std_m: float
    """The standard deviation of the landmarks' noise per axis, metres."""
    kernel: ResidualKernel
    """Of the head."""
    recent: tuple[Float[np.ndarray, "landmarks 3"], ...] = ()
    """Displacements of the frames of this person, of which the evidence is taken."""
    dropped: Bool[np.ndarray, "landmarks"] | None = None
    """Landmarks that none of these frames shows; None for none."""
    rest: Float[np.ndarray, "vertices 3"] | None = None
    """How the simulation moves the resting head of this tissue, metres; None where it was not solved."""

    @property
    def seen(self) -> Bool[np.ndarray, "landmarks"]:
        return np.ones(len(self.layout.weights), bool) if self.dropped is None else ~self.dropped

    @property
    def noise(self) -> LandmarkNoise:
        return LandmarkNoise.same(len(self.layout.weights), max(self.noise_std_m, _LEAST_NOISE_M))


def do_nothing(task: Task) -> Displace:
    """Return the method that leaves the head neutral.

    Args:
        task: the head and layout.

    Returns:
        The method.
    """
    still = np.zeros_like(task.neutral)
    return lambda displacements, seen: still


def bounded_least_squares(task: Task) -> Displace:
    """Return the method of 52 blendshapes with ARKit weights in 0..1: the `linear` driver's solver, given the noise.

    Args:
        task: the head and layout.

    Returns:
        The method.
    """
    settings = SolverSettings(noise_m=max(task.noise_std_m, 2e-4), depth_noise_ratio=1.0)
    solver = ArkitWeightSolver(task.expressions, task.layout, task.neutral, settings)
    shapes = task.expressions.reshape(len(task.expressions), -1).astype(np.float32)
    no_gaze = np.zeros(len(shapes))
    return lambda displacements, seen: (
        solver(displacements, no_gaze, seen).astype(np.float32) @ shapes
    ).reshape(-1, 3)


def ridge_least_squares(task: Task) -> Displace:
    """Return the method of 52 blendshapes with free ARKit weights.

    A penalty on the squares of the weights grows with the noise.

    Args:
        task: the head and layout.

    Returns:
        The method.
    """
    columns = task.layout(task.expressions).reshape(len(task.expressions), -1).T
    shapes = task.expressions.reshape(len(task.expressions), -1)
    penalty = _RIDGE * np.trace(columns.T @ columns) / len(shapes)
    penalty = max(1e-3 * penalty, (max(task.noise_std_m, 1e-4) / 0.5) ** 2)

    def solve_for(seen: np.ndarray) -> Callable:
        rows = columns[np.repeat(seen, 3)]
        factor = cho_factor(rows.T @ rows + penalty * np.eye(rows.shape[1]))
        return lambda d: (cho_solve(factor, rows.T @ d[seen].ravel()) @ shapes).reshape(-1, 3)

    return _for_each_mask(solve_for)


def radial_warp(task: Task) -> Displace:
    """Return the biharmonic warp in space: kernel |r| with a linear polynomial, smoothed by the noise's variance.

    Args:
        task: the head and layout.

    Returns:
        The method.
    """
    points = task.layout(task.neutral)

    def solve_for(seen: np.ndarray) -> Callable:
        known = points[seen]
        kernel = -cdist(known, known) + (max(task.noise_std_m, 1e-5) / 0.01) ** 2 * 0.1 * np.eye(len(known))
        affine = np.concatenate([np.ones((len(known), 1)), known], 1)
        system = np.block([[kernel, affine], [affine.T, np.zeros((4, 4))]])
        factor = lu_factor(system)
        reach = np.concatenate(
            [-cdist(task.neutral, known), np.ones((len(task.neutral), 1)), task.neutral], 1
        )
        right = np.zeros((len(known) + 4, 3))

        def warp(d: np.ndarray) -> np.ndarray:
            right[: len(known)] = d[seen]
            return reach @ lu_solve(factor, right)

        return warp

    return _for_each_mask(solve_for)


def pooled_posterior(pooled: PooledBasis) -> Callable[[Task], Displace]:
    """Return the noise-aware PCA posterior: one Gaussian prior for all heads and tissues. It is the baseline to beat.

    Args:
        pooled: the basis of all heads.

    Returns:
        The method, to be prepared for a task.
    """
    return lambda task: _posterior_only(pooled.head(task.neutral), task)


def own_prior(weights: NetworkWeights, told_tissue: bool = True) -> Callable[[Task], Displace]:
    """Return SparseSoftDECA's latent alone: no residual, a head that trembles.

    Args:
        weights: the network weights.
        told_tissue: whether the prior is that of the task's tissue; else it is that of unknown tissue.

    Returns:
        The method, to be prepared for a task.
    """

    def prepare(task: Task) -> Displace:
        head = specialise(weights, task.neutral, task.expressions, task.setting if told_tissue else None)
        return _posterior_only(head, task)

    return prepare


def sparse_soft_deca(weights: NetworkWeights, resting_head: bool = False) -> Callable[[Task], Displace]:
    """Return the whole driver, compiled as it runs live, with the choice that the task's frames ask for; lips as they come.

    Args:
        weights: the network weights.
        resting_head: whether the task's solved resting head is used where there is one.

    Returns:
        The method, to be prepared for a task; what it prepares for the last task is kept.
    """

    @functools.lru_cache(maxsize=1)
    def prepare(task: Task) -> Displace:
        head = specialise(weights, task.neutral, task.expressions, task.setting)
        basis = head_basis(weights, task.neutral, task.expressions)
        observed = Observation(task.layout, task.noise, task.kernel)
        offset = np.zeros_like(task.neutral)
        if resting_head and task.rest is not None:
            offset = task.rest - rest_displacement(weights, head, task)
        choice = _chosen(head, task, observed, task.layout(offset))
        program = compile_landmarks(weights, head, basis, task.neutral, observed, choice)
        displace = _driven(program.without("lips"), task.neutral)
        return lambda displacements, seen: displace(displacements - task.layout(offset), seen) + offset

    return prepare


def lips_apart(weights: NetworkWeights, method: Callable[[Task], Displace]) -> Callable[[Task], Displace]:
    """Return a method whose crossing lips are separated.

    Args:
        weights: the network weights, which know the lips.
        method: the method whose lips may cross.

    Returns:
        The method, to be prepared for a task.
    """

    def prepare(task: Task) -> Displace:
        displace = method(task)

        def part(displacements, seen):
            vertices = (task.neutral + displace(displacements, seen)).astype(np.float32)
            weights.lips(vertices)
            return vertices - task.neutral

        return part

    return prepare


def rest_displacement(
    weights: NetworkWeights, head: HeadNetwork, task: Task
) -> Float[np.ndarray, "vertices 3"]:
    """Return how the forward network moves the resting head of a task's tissue.

    Args:
        weights: the network weights.
        head: the networks of the task's head.
        task: the head and its tissue.

    Returns:
        (V, 3) metres, head frame.
    """
    forward = folded_forward(weights, weights.head_code(task.neutral), task.setting)
    resting = forward(np.zeros(len(task.expressions), np.float32))
    return (resting @ head.basis).reshape(-1, 3)


def _chosen(
    head: HeadNetwork, task: Task, observed: Observation, offset: Float[np.ndarray, "landmarks 3"]
) -> ResidualChoice:
    seen = np.repeat(task.seen, 3)
    evidence = Evidence(
        lambda choice: landmark_posterior(head, task.neutral, observed, choice, gaze_known=False).without(
            task.seen
        )
    )
    for displacements in task.recent:
        evidence.add((displacements - offset).ravel()[seen])
    return evidence.best(LATENT_ALONE)


def _posterior_only(head: HeadNetwork, task: Task) -> Displace:
    whole = head.posterior(task.layout, task.neutral, task.noise, _TREMBLING)
    gain, offset = whole.gain.astype(np.float32), whole.offset.astype(np.float32)

    def solve_for(seen: np.ndarray) -> Callable:
        if seen.all():
            return lambda d: ((gain @ d.astype(np.float32).ravel() + offset) @ head.basis).reshape(-1, 3)
        masked = whole.without(seen)
        return lambda d: (masked(d[seen].ravel()).astype(np.float32) @ head.basis).reshape(-1, 3)

    return _for_each_mask(solve_for)


def _driven(program: FrameProgram, neutral: np.ndarray) -> Displace:
    def displace(displacements, seen):
        frame = program.run(Frame(NEUTRAL_GAZE, displacements.astype(np.float32).ravel(), seen))
        return frame.vertices - neutral

    return displace


def _for_each_mask(solve_for: Callable[[np.ndarray], Callable]) -> Displace:
    """Return a method that is prepared anew when the mask changes."""
    last: list = [None, None]

    def displace(displacements, seen):
        key = seen.tobytes()
        if last[0] != key:
            last[:] = [key, solve_for(seen)]
        return last[1](displacements)

    return displace

"""Tissue in motion: momentum, energy, lag and rest."""

from itertools import pairwise

import numpy as np
import pytest

from landmark_driver.geometry.affine_pose import hinge
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.simulation_error import LoadError
from landmark_driver.simulation.programs.motion import MotionFrame, TissueMotion
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.block import block, squeezed

EXACT = SolverSettings(tolerance_mm=1e-7)
STEP_S = 1 / 60


def momentum(simulator: Simulator, velocity: np.ndarray) -> np.ndarray:
    return (simulator.node_mass_kg[:, None] * velocity).sum(axis=0)


def test_linear_momentum_is_kept_in_free_flight():
    """A squeezed block let go with a push: it wobbles, but its centre of mass flies straight."""
    mesh = block(fix="none", muscle_above_m=0.015)
    simulator = Simulator(mesh, settings=EXACT)
    push = np.tile([0.3, -0.1, 0.2], (len(mesh.nodes), 1))
    frames = [MotionFrame(Load())] * 10
    states = list(TissueMotion(simulator, STEP_S).run(frames, squeezed(mesh, noise_m=0.0), push))
    before = momentum(simulator, push)
    assert np.abs(states[0].velocity_m_s - push).max() > 0.05
    for state in states:
        assert np.abs(momentum(simulator, state.velocity_m_s) - before).max() < 1e-6 * np.abs(before).max()


def test_free_fall_is_free_fall():
    mesh = block(fix="none")
    simulator, gravity = Simulator(mesh, settings=EXACT), np.array([0.0, -9.81, 0.0])
    states = list(TissueMotion(simulator, STEP_S).run([MotionFrame(Load(gravity_m_s2=tuple(gravity)))] * 5))
    assert states[-1].velocity_m_s == pytest.approx(
        np.tile(5 * STEP_S * gravity, (len(mesh.nodes), 1)), abs=1e-6
    )
    assert states[-1].potential_j - states[-2].potential_j < 0


def test_mechanical_energy_never_rises_without_a_driving_force():
    mesh = block(fix="left")
    start = mesh.nodes.copy()
    start[:, 2] -= 2.0 * start[:, 0] ** 2
    motion = TissueMotion(Simulator(mesh, settings=EXACT), STEP_S)
    states = list(motion.run([MotionFrame(Load())] * 30, start))
    energies = [state.kinetic_j + state.potential_j for state in states]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(energies))
    assert energies[-1] < energies[0] / 2


def test_a_still_head_stays_still():
    mesh = block()
    states = list(TissueMotion(Simulator(mesh), STEP_S).run([MotionFrame(Load())] * 3))
    assert np.abs(states[-1].nodes - mesh.nodes).max() < 1e-9


def test_a_steady_head_motion_carries_the_tissue_and_a_jerk_makes_it_lag():
    mesh = block(cells=(6, 3, 3), size_m=(0.06, 0.03, 0.03))
    simulator = Simulator(mesh, Materials(soft_youngs_pa=5e3))

    def at(height_m: float) -> MotionFrame:
        pose = np.eye(4)
        pose[2, 3] = height_m
        return MotionFrame(Load(), pose)

    jerk = list(TissueMotion(simulator, STEP_S).run([at(0.0), at(0.01), at(0.02)]))
    tip = np.isclose(mesh.nodes[:, 0], 0.06)
    assert (jerk[-1].nodes - mesh.nodes)[tip, 2].mean() < -5e-4
    speed = np.tile([0, 0, 0.01 / STEP_S], (len(mesh.nodes), 1))
    steady = list(TissueMotion(simulator, STEP_S).run([at(0.01), at(0.02)], None, speed, np.eye(4)))
    assert np.abs(steady[-1].nodes - mesh.nodes).max() < 1e-6


def test_a_nod_returns_to_rest_and_damping_gets_it_there_sooner():
    mesh = block(cells=(6, 3, 3), size_m=(0.06, 0.03, 0.03))
    simulator = Simulator(mesh)
    angles = 0.2 * np.sin(np.linspace(0, 2 * np.pi, 15))
    nod = [MotionFrame(Load(), hinge(angle, np.array([1.0, 0, 0]), np.zeros(3))) for angle in angles]
    still = [MotionFrame(Load())] * 8
    left = []
    for damping_hz in (0.0, 20.0):
        states = list(TissueMotion(simulator, 1 / 30, damping_hz).run([*nod, *still]))
        left.append(np.abs(states[-1].nodes - mesh.nodes).max())
    assert left[1] < left[0] < 2e-3


@pytest.mark.parametrize(("step_s", "damping_hz"), [(0.0, 0.0), (-1.0, 0.0), (np.nan, 0.0), (0.1, -1.0)])
def test_an_impossible_step_or_damping_is_named(step_s, damping_hz):
    with pytest.raises(LoadError, match="Expected a step above 0 s and damping from 0 Hz"):
        TissueMotion(Simulator(block()), step_s, damping_hz)

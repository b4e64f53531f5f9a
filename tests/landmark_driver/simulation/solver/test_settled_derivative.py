"""Implicit differentiation agrees with differences of solves that are settled far closer than usual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba")

from landmark_driver.identities.load_identities import load_identities
from landmark_driver.simulation.actuation.simulated_head import actuated_load
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.energy.simulation_error import NotConvergedError
from landmark_driver.simulation.programs.simulate_head import prepare_head
from landmark_driver.simulation.programs.synthetic_head import (
    skin_nodes,
    synthetic_expression,
    synthetic_head,
)
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.settled_derivative import settled_derivative
from landmark_driver.simulation.solver.simulator import Simulator

CLOSEST = SolverSettings(tolerance_mm=1e-7, max_iterations=3000)
GRAVITY = (0.0, -9.81, 0.0)

Case = Callable[[float], tuple[Simulator, Load]]


@pytest.fixture(scope="module")
def mesh() -> RestMesh:
    return synthetic_head(6)


def of_gravity(mesh: RestMesh) -> tuple[Case, float, float]:
    simulator = Simulator(mesh, settings=CLOSEST)
    smile = synthetic_expression(mesh, 0.5)
    return (lambda pull: (simulator, Load(smile, gravity_m_s2=(0.0, pull, 0.0)))), -9.81, 0.5


def of_stiffness(mesh: RestMesh) -> tuple[Case, float, float]:
    smile = synthetic_expression(mesh, 0.5)
    return (lambda factor: (_with(mesh, "stiffness", factor), Load(smile, gravity_m_s2=GRAVITY))), 1.0, 0.02


def of_strength(mesh: RestMesh) -> tuple[Case, float, float]:
    smile = synthetic_expression(mesh, 0.5)
    return (lambda factor: (_with(mesh, "strength", factor), Load(smile, gravity_m_s2=GRAVITY))), 0.8, 0.02


def _with(mesh: RestMesh, name: str, factor: float) -> Simulator:
    materials = Materials()
    for field in ("soft_youngs_pa", "muscle_youngs_pa") if name == "stiffness" else ("muscle_strength",):
        materials = materials.scaled(field, factor)
    return Simulator(mesh, materials, settings=CLOSEST)


@pytest.mark.parametrize("case", [of_gravity, of_stiffness, of_strength])
def test_it_is_the_slope_of_closely_settled_nodes(mesh, case):
    at, value, width = case(mesh)
    simulator, load = at(value)
    settled = simulator.solve_static(load).nodes
    up, down = at(value + width / 2), at(value - width / 2)
    ends = [one.solve_static(under, settled).nodes for one, under in (up, down)]
    slope = (ends[0] - ends[1]) / width
    found = settled_derivative(simulator, load, settled, up, down, width)
    skin = skin_nodes(mesh)
    assert np.abs(slope[skin]).max() > 1e-7
    assert np.linalg.norm((found - slope)[skin]) < 2e-3 * np.linalg.norm(slope[skin])
    assert not found[simulator.fixed].any()


def test_a_state_that_is_no_minimum_is_refused(mesh):
    """A third of the size and mirrored: every tetrahedron is inside out."""
    simulator, load = Simulator(mesh), Load(gravity_m_s2=GRAVITY)
    up = (simulator, Load(gravity_m_s2=(0.0, 0.0, 0.0)))
    with pytest.raises(NotConvergedError, match="start closer to the solution"):
        settled_derivative(simulator, load, mesh.nodes * [-0.3, 0.3, 0.3], up, (simulator, load), 9.81)


@pytest.mark.slow
def test_on_a_head_it_is_the_slope_of_closely_settled_nodes():
    identities = load_identities()
    head = prepare_head(identities.mean(), identities)
    head.simulator.settings = replace(CLOSEST, tolerance_mm=1e-5)
    acted = head.actuate(np.zeros(52))

    def under(pull: float) -> Load:
        return actuated_load(acted, BonePoses(), (0.0, pull, 0.0))

    ends = [
        head.simulator.solve_static(under(pull), acted.nodes, contact=False).nodes for pull in (-9.31, -10.31)
    ]
    settled = head.simulator.solve_static(under(-9.81), acted.nodes, contact=False).nodes
    slope = ends[0] - ends[1]
    up, down = ((head.simulator, under(pull)) for pull in (-9.31, -10.31))
    found = settled_derivative(head.simulator, under(-9.81), settled, up, down, 1.0)
    assert np.linalg.norm(found - slope) < 0.02 * np.linalg.norm(slope)

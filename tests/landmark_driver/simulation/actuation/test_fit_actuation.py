"""Muscles found from a target bring the skin to that target, and can then be paralysed."""

import numpy as np
import pytest

from landmark_driver.simulation.actuation.fit_actuation import ActuationFitter, FittingSettings
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, RestMesh
from landmark_driver.simulation.energy.simulation_error import ActuationError
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.block import block


def slab() -> RestMesh:
    """Muscle on bone below, soft tissue and skin above: 60 by 40 by 10 mm."""
    mesh = block(cells=(18, 12, 4), size_m=(0.06, 0.04, 0.01), fix="none")
    height = mesh.nodes[mesh.tets].mean(axis=1)[:, 2]
    bone = np.where(mesh.nodes[:, 2] == 0, CRANIUM, 0)
    return RestMesh(mesh.nodes, mesh.tets, (height < 0.005).astype(int), bone)


def pulled_skin(mesh: RestMesh) -> tuple[np.ndarray, np.ndarray]:
    """Skin nodes and where an expression wants them: a bump pulled aside by 4 mm."""
    skin = np.flatnonzero(mesh.nodes[:, 2] == mesh.nodes[:, 2].max())
    away = mesh.nodes[skin] - [0.03, 0.02, 0.01]
    bump = np.exp(-np.sum(away**2, axis=1) / 0.01**2)
    return skin, mesh.nodes[skin] + bump[:, None] * [0.004, 0.0, 0.0]


@pytest.mark.parametrize("poisson", [0.33, 0.47])
def test_the_fitted_muscles_bring_the_skin_to_the_target(poisson):
    mesh = slab()
    skin, targets = pulled_skin(mesh)
    simulator = Simulator(mesh, Materials(poisson_ratio=poisson))
    fitted = ActuationFitter(simulator, skin).fit(targets)
    settled = simulator.solve_static(Load(fitted.actuation))
    moving = np.linalg.norm(targets - mesh.nodes[skin], axis=1) > 5e-4
    errors = np.linalg.norm(settled.nodes[skin] - targets, axis=1) * 1e3
    assert errors[moving].mean() < 0.1
    assert errors.max() < 0.5
    assert fitted.mean_mm_by_round[-1] < fitted.mean_mm_by_round[0] / 3


def test_the_best_round_is_kept():
    mesh = slab()
    skin, targets = pulled_skin(mesh)
    fitted = ActuationFitter(Simulator(mesh), skin, FittingSettings(rounds=3)).fit(targets)
    moving = np.linalg.norm(targets - mesh.nodes[skin], axis=1) > 5e-4
    assert fitted.errors_mm[moving].mean() == pytest.approx(min(fitted.mean_mm_by_round), abs=5e-3)


def test_a_target_at_rest_needs_no_muscle():
    mesh = slab()
    skin, _ = pulled_skin(mesh)
    fitted = ActuationFitter(Simulator(mesh), skin).fit(mesh.nodes[skin])
    assert np.abs(fitted.actuation - np.eye(3)).max() < 1e-6


def test_targets_that_are_not_finite_or_too_few_are_named():
    mesh = slab()
    skin, targets = pulled_skin(mesh)
    fitter = ActuationFitter(Simulator(mesh), skin)
    for wrong in (targets[1:], targets * np.nan):
        with pytest.raises(
            ActuationError, match=r"Expected finite targets of shape \(247, 3\), got .* or NaN. Check"
        ):
            fitter.fit(wrong)

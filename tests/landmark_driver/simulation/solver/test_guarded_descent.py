"""No inverted tetrahedron comes out: the barrier, and the slow way round."""

import numpy as np
import pytest

from landmark_driver.geometry.affine_pose import hinge
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, MANDIBLE, RestMesh, inverted_tets
from landmark_driver.simulation.energy.simulation_error import InvertedResultError, NotConvergedError
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.block import block


def crushed(mesh: RestMesh, stretch=0.15) -> np.ndarray:
    """Muscle that wants a tenth of its length along x in one half of a block and none in the other."""
    actuation = np.tile(np.eye(3), (len(mesh.tets), 1, 1))
    near = mesh.nodes[mesh.tets].mean(axis=1)[:, 0] < 0.02
    actuation[near] = np.diag([stretch, 2.0, 2.0])
    return actuation


def folded_jaw() -> tuple[RestMesh, BonePoses]:
    """A block between cranium and mandible, whose mandible turns by 75 degrees."""
    mesh = block(cells=(8, 4, 4), size_m=(0.05, 0.03, 0.03), fix="none")
    x = mesh.nodes[:, 0]
    bone = np.where(x == 0, CRANIUM, np.where(np.isclose(x, 0.05), MANDIBLE, 0))
    jaw = hinge(-1.3, np.array([0.0, 1, 0]), np.array([0.02, 0, 0.03]))
    return RestMesh(mesh.nodes, mesh.tets, mesh.tissue, bone), BonePoses(mandible=jaw)


def test_crushing_muscles_invert_nothing():
    mesh = block(cells=(6, 4, 4), muscle_above_m=0.0)
    settled = Simulator(mesh).solve_static(Load(crushed(mesh)))
    assert settled.inversions == len(inverted_tets(settled.nodes, mesh.tets)) == 0
    assert settled.smallest_volume_ratio > 0


def test_a_jaw_that_folds_the_tissue_inverts_nothing():
    mesh, poses = folded_jaw()
    simulator = Simulator(mesh)
    assert len(inverted_tets(simulator.placed(poses, None), mesh.tets)) > 0
    settled = simulator.solve_static(Load(poses=poses))
    assert settled.inversions == 0
    assert settled.residual_mm < 0.1


def test_the_barrier_is_as_before_after_a_solve():
    mesh, poses = folded_jaw()
    simulator = Simulator(mesh)
    before = simulator.elastic.barrier_weights.copy()
    simulator.solve_static(Load(poses=poses))
    assert np.array_equal(simulator.elastic.barrier_weights, before)


def test_bones_that_turn_tetrahedra_inside_out_raise_with_their_indices():
    """Six tetrahedra between cranium and mandible have no free node: no solve can help."""
    mesh = block(cells=(2, 1, 1), size_m=(0.02, 0.01, 0.01), fix="none")
    x = mesh.nodes[:, 0]
    bone = np.where(x == 0, CRANIUM, np.where(np.isclose(x, 0.01), MANDIBLE, 0))
    pose = np.eye(4)
    pose[0, 3] = -0.02
    simulator = Simulator(RestMesh(mesh.nodes, mesh.tets, mesh.tissue, bone))
    with pytest.raises(
        InvertedResultError, match=r"Expected no inverted tetrahedron, got 6 \(first"
    ) as caught:
        simulator.solve_static(Load(poses=BonePoses(mandible=pose)))
    assert np.array_equal(caught.value.tets, inverted_tets(caught.value.nodes, mesh.tets))


def test_a_solve_that_runs_out_of_iterations_says_how_far_it_was():
    mesh, poses = folded_jaw()
    with pytest.raises(NotConvergedError, match="after 2 iterations") as caught:
        Simulator(mesh, settings=SolverSettings(max_iterations=2)).solve_static(Load(poses=poses))
    assert np.isfinite(caught.value.residual_mm)

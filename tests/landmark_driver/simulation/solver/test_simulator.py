"""Settling: descent, tolerance, starts, order, materials and named failures."""

import numpy as np
import pytest

from landmark_driver.geometry.affine_pose import hinge
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import MANDIBLE, RestMesh, inverted_tets
from landmark_driver.simulation.energy.simulation_error import (
    ActuationError,
    LoadError,
    NotConvergedError,
    PoseError,
    RestMeshError,
)
from landmark_driver.simulation.solver.lbfgs import minimise_lbfgs
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.simulation.solver.newton import minimise_newton
from landmark_driver.simulation.solver.projective_dynamics import minimise_projective
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.block import block, random_actuation

EXACT = SolverSettings(tolerance_mm=1e-6)


def contracting(mesh: RestMesh, stretch=0.7) -> np.ndarray:
    """Muscle that shortens along x and thickens to keep its volume; soft tissue at rest."""
    actuation = np.tile(np.eye(3), (len(mesh.tets), 1, 1))
    actuation[mesh.tissue == 1] = np.diag([stretch, stretch**-0.5, stretch**-0.5])
    return actuation


def distance_mm(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b, axis=1).max() * 1e3)


def test_without_load_the_rest_state_is_kept():
    mesh = block(muscle_above_m=0.015)
    settled = Simulator(mesh).solve_static(Load())
    assert distance_mm(settled.nodes, mesh.nodes) < 1e-9
    assert settled.residual_n < 1e-12


@pytest.mark.parametrize("minimise", [minimise_lbfgs, minimise_newton, minimise_projective])
def test_energy_never_rises_over_iterations(minimise):
    mesh = block(muscle_above_m=0.015)
    simulator = Simulator(mesh)
    potential = simulator.potential(contracting(mesh, 0.5), BonePoses(), [])
    minimum = minimise(potential, simulator.factor, mesh.nodes, SolverSettings())
    assert minimum.iterations > 5
    assert np.all(np.diff(minimum.energies) <= 0)


def test_all_three_minimisers_find_the_same_minimum():
    mesh = block(muscle_above_m=0.015)
    simulator = Simulator(mesh, Materials(poisson_ratio=0.4))
    potential = simulator.potential(contracting(mesh), BonePoses(), [])
    found = [
        minimise(potential, simulator.factor, mesh.nodes, EXACT)
        for minimise in (minimise_lbfgs, minimise_newton, minimise_projective)
    ]
    assert all(minimum.converged for minimum in found)
    assert max(distance_mm(found[0].nodes, other.nodes) for other in found[1:]) < 1e-3


@pytest.mark.parametrize("poisson", [0.33, 0.47])
def test_the_default_tolerance_ends_within_0_05_mm_of_the_converged_solution(poisson):
    mesh = block(cells=(12, 8, 8), muscle_above_m=0.015)
    load, materials = Load(contracting(mesh, 0.6)), Materials(poisson_ratio=poisson)
    exact = Simulator(mesh, materials, settings=EXACT).solve_static(load)
    assert distance_mm(Simulator(mesh, materials).solve_static(load).nodes, exact.nodes) < 0.05


def test_a_warm_start_gives_the_same_result_in_fewer_iterations():
    mesh = block(muscle_above_m=0.015)
    simulator = Simulator(mesh, settings=EXACT)
    before = simulator.solve_static(Load(contracting(mesh, 0.72)))
    cold = simulator.solve_static(Load(contracting(mesh, 0.7)))
    warm = simulator.solve_static(Load(contracting(mesh, 0.7)), start=before.nodes)
    assert distance_mm(warm.nodes, cold.nodes) < 1e-4
    assert warm.iterations < cold.iterations


def test_a_start_full_of_inverted_tetrahedra_ends_without_any():
    mesh = block(muscle_above_m=0.015)
    tangled = mesh.nodes + np.random.default_rng(0).normal(scale=5e-3, size=mesh.nodes.shape)
    assert len(inverted_tets(tangled, mesh.tets)) > 50
    simulator = Simulator(mesh, settings=EXACT)
    settled = simulator.solve_static(Load(contracting(mesh)), start=tangled)
    assert settled.inversions == len(inverted_tets(settled.nodes, mesh.tets)) == 0
    assert distance_mm(settled.nodes, simulator.solve_static(Load(contracting(mesh))).nodes) < 1e-3


def test_the_result_does_not_depend_on_the_order_of_nodes_and_tetrahedra():
    mesh, random = block(muscle_above_m=0.015), np.random.default_rng(3)
    new_of_old, tet_order = random.permutation(len(mesh.nodes)), random.permutation(len(mesh.tets))
    old_of_new = np.argsort(new_of_old)
    shuffled = RestMesh(
        mesh.nodes[old_of_new],
        new_of_old[mesh.tets[tet_order]],
        mesh.tissue[tet_order],
        mesh.bone[old_of_new],
    )
    actuation = contracting(mesh)
    plain = Simulator(mesh, settings=EXACT).solve_static(Load(actuation))
    other = Simulator(shuffled, settings=EXACT).solve_static(Load(actuation[tet_order]))
    assert distance_mm(other.nodes, plain.nodes[old_of_new]) < 1e-4


def test_a_batch_equals_one_by_one():
    mesh = block(muscle_above_m=0.015)
    loads = [Load(contracting(mesh, stretch)) for stretch in (0.6, 0.8, 1.2)]
    together = Simulator(mesh).solve_static_all(loads)
    alone = [Simulator(mesh).solve_static(load) for load in reversed(loads)][::-1]
    assert all(np.array_equal(a.nodes, b.nodes) for a, b in zip(together, alone, strict=True))


def test_refinement_of_the_tetrahedra_converges():
    """A hanging beam at 2, 4 and 8 cells across: each halving brings the tip nearer by more than a third."""
    tips = []
    for cells in (2, 4, 8):
        mesh = block(cells=(3 * cells, cells, cells), size_m=(0.06, 0.02, 0.02))
        load = Load(gravity_m_s2=(0.0, 0.0, -9.81))
        settled = Simulator(
            mesh, Materials(soft_youngs_pa=2e4, poisson_ratio=0.33), settings=EXACT
        ).solve_static(load)
        tips.append((settled.nodes - mesh.nodes)[:, 2].min())
    assert tips[2] < tips[1] < tips[0] < 0
    assert abs(tips[2] - tips[1]) < 0.66 * abs(tips[1] - tips[0])


def test_stiffer_tissue_in_one_region_changes_that_region_and_hardly_the_rest():
    """A bar held at both ends sags under gravity; its left half is stiffened."""
    mesh = block(cells=(16, 3, 3), size_m=(0.16, 0.03, 0.03), fix="ends")
    bars = mesh.nodes[mesh.tets].mean(axis=1)[:, 0]
    divided = RestMesh(
        mesh.nodes, mesh.tets, mesh.tissue, np.where(np.isclose(mesh.nodes[:, 0], 0.08), 1, mesh.bone)
    )
    load, plain = Load(gravity_m_s2=(0.0, 0.0, -9.81)), Materials()
    before = Simulator(divided, plain, settings=EXACT).solve_static(load).nodes
    stiff = plain.scaled("soft_youngs_pa", np.where(bars < 0.08, 4.0, 1.0))
    after = Simulator(divided, stiff, settings=EXACT).solve_static(load).nodes
    left = mesh.nodes[:, 0] < 0.079
    sag_before, sag_after = ((nodes - mesh.nodes)[left, 2].min() for nodes in (before, after))
    assert sag_after == pytest.approx(sag_before / 4, rel=0.1)
    assert distance_mm(after[~left], before[~left]) < 1e-4


def test_a_paralysed_muscle_does_not_move_and_its_soft_half_neither():
    mesh = block(muscle_above_m=0.015)
    load = Load(random_actuation(len(mesh.tets)))
    settled = Simulator(mesh, Materials(muscle_strength=0.0)).solve_static(load)
    assert distance_mm(settled.nodes, mesh.nodes) < 1e-6


def test_more_tissue_volume_swells_soft_tissue_by_that_volume():
    mesh = block(fix="none")
    bone = np.zeros(len(mesh.nodes), dtype=int)
    bone[0] = 1
    held = RestMesh(mesh.nodes, mesh.tets, mesh.tissue, bone)
    settled = Simulator(held, Materials(tissue_volume=1.3), settings=EXACT).solve_static(Load())
    assert settled.volume_change == pytest.approx(0.3, abs=1e-4)


def test_the_mandible_carries_its_nodes_and_the_tissue_follows():
    mesh = block(cells=(8, 3, 3), size_m=(0.08, 0.03, 0.03))
    bone = np.where(np.isclose(mesh.nodes[:, 0], 0.08), MANDIBLE, mesh.bone)
    jaw = hinge(0.3, np.array([0.0, 1, 0]), np.array([0.04, 0.015, 0.03]))
    settled = Simulator(RestMesh(mesh.nodes, mesh.tets, mesh.tissue, bone)).solve_static(
        Load(poses=BonePoses(jaw))
    )
    rows = bone == MANDIBLE
    expected = mesh.nodes[rows] @ jaw[:3, :3].T + jaw[:3, 3]
    assert distance_mm(settled.nodes[rows], expected) < 1e-12
    assert settled.inversions == 0


def test_too_few_iterations_raise_with_the_residual():
    mesh = block(muscle_above_m=0.015)
    simulator = Simulator(mesh, settings=SolverSettings(max_iterations=3))
    with pytest.raises(NotConvergedError, match=r"got \d\.\d+ mm after 3 iterations\. Allow more") as caught:
        simulator.solve_static(Load(contracting(mesh)))
    assert caught.value.residual_mm > 0.01
    assert caught.value.nodes.shape == mesh.nodes.shape


def test_a_mesh_without_bone_or_without_free_nodes_is_refused():
    with pytest.raises(RestMeshError, match=r"Expected nodes on a bone, got none\. Label some"):
        Simulator(block(fix="none")).solve_static(Load())
    mesh = block()
    with pytest.raises(RestMeshError, match="Expected free nodes, got none, since every node lies on a bone"):
        Simulator(RestMesh(mesh.nodes, mesh.tets, mesh.tissue, np.ones(len(mesh.nodes), int))).solve_static(
            Load()
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a[:-1], r"Expected actuation of shape \(216, 3, 3\), got \(215, 3, 3\)"),
        (
            lambda a: a * np.nan,
            "Expected finite actuation, got NaN or infinity. Check the expression weights",
        ),
        (lambda a: a + np.eye(3)[0][:, None] * np.eye(3)[1] / 10, "Expected symmetric actuation"),
        (
            lambda a: -a,
            r"Expected positive stretches, got 216 tetrahedra without \(first \[0, 1, 2, 3, 4\]\)",
        ),
    ],
)
def test_an_impossible_actuation_is_named(change, message):
    mesh = block()
    with pytest.raises(ActuationError, match=message):
        Simulator(mesh).solve_static(Load(change(contracting(mesh))))


def test_an_impossible_pose_gravity_or_start_is_named():
    mesh = block()
    with pytest.raises(PoseError, match=r"Expected mandible pose as a finite 4x4 matrix, got shape \(3, 3\)"):
        BonePoses(mandible=np.eye(3))
    with pytest.raises(
        PoseError, match=r"Expected cranium pose with last row 0 0 0 1 and positive determinant"
    ):
        BonePoses(cranium=np.diag([1.0, 1, -1, 1]))
    with pytest.raises(LoadError, match="Expected gravity as three finite numbers"):
        Load(gravity_m_s2=(0.0, np.nan, 0.0))
    with pytest.raises(LoadError, match=r"Expected a finite start of shape \(80, 3\)"):
        Simulator(mesh).solve_static(Load(), start=mesh.nodes[:3])

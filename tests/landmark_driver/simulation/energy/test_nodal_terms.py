"""Gravity, springs and sliding planes: derivatives, and what they do to tissue."""

import numpy as np
import pytest

from landmark_driver.geometry.affine_pose import hinge
from landmark_driver.simulation.contact.sliding_attachment import SlidingAttachment
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.nodal_terms import ConstantForce, NodeSprings, SlidingPlanes
from landmark_driver.simulation.energy.rest_mesh import MANDIBLE, RestMesh
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.simulator import Simulator
from tests.landmark_driver.simulation.block import block

RANDOM = np.random.default_rng(0)
COUNT = 9
NORMALS = RANDOM.normal(size=(4, 3))
NORMALS /= np.linalg.norm(NORMALS, axis=1, keepdims=True)
PLANES = (np.array([0, 2, 2, 5]), RANDOM.normal(size=(4, 3)), NORMALS, RANDOM.uniform(1, 2, size=4))
TERMS = [
    ConstantForce(RANDOM.normal(size=(COUNT, 3))),
    NodeSprings(RANDOM.normal(size=(COUNT, 3)), RANDOM.uniform(size=COUNT)),
    SlidingPlanes(*PLANES),
    SlidingPlanes(*PLANES, one_sided=True),
]


@pytest.mark.parametrize("term", TERMS)
def test_the_gradient_is_the_finite_difference_and_the_hessian_product_its_change(term):
    x, d = RANDOM.normal(size=(2, COUNT, 3))
    gradient, change, step = np.zeros_like(x), np.zeros_like(x), 1e-6
    term.add(x, gradient)
    ahead, behind = (term.add(x + s * d, np.zeros_like(x)) for s in (step, -step))
    assert (ahead - behind) / (2 * step) == pytest.approx(np.sum(gradient * d), rel=1e-6)
    after, before = np.zeros_like(x), np.zeros_like(x)
    term.add(x + step * d, after)
    term.add(x - step * d, before)
    term.add_hessian_product(x, d, change)
    assert np.abs(change - (after - before) / (2 * step)).max() < 1e-6


@pytest.mark.parametrize("term", TERMS)
def test_the_preconditioner_never_sees_negative_stiffness(term):
    stiffness = term.stiffness(COUNT)
    assert stiffness.shape == (COUNT,)
    assert stiffness.min() >= 0


def test_gravity_pulls_with_the_weight_of_the_tissue():
    """What the fixed nodes carry is mass times gravity."""
    mesh = block(cells=(4, 3, 3))
    simulator = Simulator(mesh, Materials(density_kg_m3=950.0))
    assert simulator.node_mass_kg.sum() == pytest.approx(950 * 0.04 * 0.03 * 0.03)
    settled = simulator.solve_static(Load(gravity_m_s2=(0.0, -9.81, 0.0)))
    carried = np.empty_like(mesh.nodes)
    simulator.elastic.evaluate(settled.nodes, carried)
    held = mesh.bone != 0
    weight = 9.81 * simulator.node_mass_kg[~held].sum()
    assert carried[held].sum(axis=0) == pytest.approx([0, weight, 0], abs=0.02 * weight)


def sliding_slab(one_sided: bool) -> tuple[Simulator, np.ndarray]:
    """Tissue on a floor it slides along, pulled by a mandible at one end, and the floor's nodes."""
    mesh = block(cells=(8, 3, 3), size_m=(0.08, 0.03, 0.03), fix="none")
    bone = np.where(np.isclose(mesh.nodes[:, 0], 0.08), MANDIBLE, 0)
    floor = np.flatnonzero((mesh.nodes[:, 2] == 0) & (bone == 0))
    up = np.tile([0.0, 0, 1], (len(floor), 1))
    attachment = SlidingAttachment(
        floor, mesh.nodes[floor], up, np.full(len(floor), 1), spring_n_m=3000.0, one_sided=one_sided
    )
    return Simulator(RestMesh(mesh.nodes, mesh.tets, mesh.tissue, bone), attachments=[attachment]), floor


def test_sliding_tissue_goes_along_the_bone_and_not_into_or_off_it():
    simulator, floor = sliding_slab(one_sided=False)
    poses = BonePoses(mandible=hinge(-0.3, np.array([0.0, 1, 0]), np.array([0.08, 0, 0.0])))
    for gravity in ((0.0, 0.0, -30.0), (0.0, 0.0, 30.0)):
        settled = simulator.solve_static(Load(poses=poses, gravity_m_s2=gravity))
        moved = settled.nodes[floor] - simulator.mesh.nodes[floor]
        assert np.abs(moved[:, 2]).max() < 2e-4
        assert np.abs(moved[:, 0]).max() > 5e-4


def test_one_sided_sliding_lets_the_tissue_lift_off():
    simulator, floor = sliding_slab(one_sided=True)
    settled = simulator.solve_static(Load(gravity_m_s2=(0.0, 0.0, 30.0)))
    assert settled.nodes[floor, 2].max() > 2e-3
    pressed = simulator.solve_static(Load(gravity_m_s2=(0.0, 0.0, -30.0)))
    assert pressed.nodes[floor, 2].min() > -2e-4

"""The probes of softness agree with closed forms on tissue that has them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.programs.check_softness import (
    CheckSoftness,
    disc_nodes,
    natural_frequencies_hz,
    pressed_modulus_kpa,
    shaken,
)
from landmark_driver.simulation.programs.synthetic_head import skin_nodes, synthetic_head
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.settled_derivative import settled_response
from landmark_driver.simulation.solver.simulator import Simulator


@pytest.fixture(scope="module")
def mesh() -> RestMesh:
    return synthetic_head(8)


def of(mesh: RestMesh, factor: float = 1.0) -> Simulator:
    return Simulator(mesh, Materials(soft_youngs_pa=5e3 * factor, muscle_youngs_pa=5e3 * factor))


def pressed_kpa(mesh: RestMesh, factor: float, z: float) -> float:
    on_skin = np.isin(mesh.tets, skin_nodes(mesh))
    faces = mesh.tets[on_skin.sum(1) == 3][on_skin[on_skin.sum(1) == 3]].reshape(-1, 3)
    a, b, c = (mesh.nodes[faces[:, corner]] for corner in range(3))
    inside_out = np.sum(np.cross(b - a, c - a) * a, 1) < 0
    faces = np.where(inside_out[:, None], faces[:, ::-1], faces)
    place = np.array([0.0, 0.0, z])
    return pressed_modulus_kpa(faces, of(mesh, factor), Load(), mesh.nodes, place, 16.0)


def test_pressing_is_in_proportion_to_the_tissues_modulus_and_stiffer_where_bone_lies_below(mesh):
    soft, stiff = (pressed_kpa(mesh, factor, 0.1) for factor in (1.0, 3.0))
    assert stiff == pytest.approx(3 * soft, rel=1e-3)
    assert soft < 5.0 < pressed_kpa(mesh, 1.0, -0.1)


def test_a_disc_has_the_nodes_within_its_radius_and_never_none():
    skin = np.array([[0.0, 0, 0], [0.004, 0, 0], [0.02, 0, 0]])
    assert list(disc_nodes(skin, np.array([0.001, 0, 0]), 0.005)) == [0, 1]
    assert list(disc_nodes(skin, np.array([0.02, 0, 0.1]), 0.005)) == [2]


def test_four_times_as_stiff_is_twice_as_fast(mesh):
    area = {"skin": np.isin(np.arange(len(mesh.nodes)), skin_nodes(mesh))}
    slow, fast = (
        natural_frequencies_hz(of(mesh, factor), Load(), mesh.nodes, area)["skin"] for factor in (1.0, 4.0)
    )
    assert fast == pytest.approx(2 * slow, rel=1e-3)
    assert 5 < slow < 100


def test_a_slow_shake_moves_tissue_as_far_as_its_acceleration_would(mesh):
    config = CheckSoftness(shake_hz=2.0, shake_g=0.5)
    simulator = of(mesh)
    found = shaken(simulator, Load(), mesh.nodes, config)[:, 0].max()
    pull = simulator.node_mass_kg[:, None] * np.array([0.5 * 9.81, 0.0, 0.0])
    still = np.abs(settled_response(simulator, Load(), mesh.nodes, pull)[:, 0]).max()
    assert found == pytest.approx(still, rel=0.15)

"""The assembled energy: invariance, patch test, derivatives, order and device."""

import os
import subprocess
import sys

import numpy as np
import pytest

from landmark_driver.simulation.energy.elastic_energy import ElasticEnergy, elastic_energy
from landmark_driver.simulation.energy.elastic_kernel_cuda import cuda_is_available
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import RestMesh
from tests.landmark_driver.simulation.block import block, random_actuation, rotation, squeezed


def test_rigid_motion_of_the_mesh_has_zero_energy_and_zero_force():
    mesh = block(muscle_above_m=0.015)
    moved = mesh.nodes @ rotation(1.1).T + [0.1, -0.2, 0.05]
    energy, gradient = elastic_energy(mesh, Materials(), moved)
    assert energy < 1e-20
    assert np.abs(gradient).max() < 1e-12


@pytest.mark.parametrize("actuated", [False, True])
def test_the_gradient_is_the_finite_difference_of_the_energy(actuated):
    mesh = block(muscle_above_m=0.015, jitter=1e-3)
    actuation = random_actuation(len(mesh.tets)) if actuated else None
    x, step, random = squeezed(mesh), 1e-8, np.random.default_rng(1)
    _, gradient = elastic_energy(mesh, Materials(), x, actuation)
    for _ in range(5):
        d = random.normal(size=x.shape)
        ahead, behind = (elastic_energy(mesh, Materials(), x + s * d, actuation)[0] for s in (step, -step))
        assert (ahead - behind) / (2 * step) == pytest.approx(np.sum(gradient * d), rel=1e-6)


def test_the_hessian_product_is_the_finite_difference_of_the_gradient():
    mesh = block(muscle_above_m=0.015, jitter=1e-3)
    energy, actuation = ElasticEnergy(mesh, Materials()), random_actuation(len(mesh.tets))
    energy.set_actuation(actuation)
    x, d, step = squeezed(mesh), np.random.default_rng(1).normal(size=mesh.nodes.shape), 1e-8
    ahead, behind = (elastic_energy(mesh, Materials(), x + s * d, actuation)[1] for s in (step, -step))
    difference = (ahead - behind) / (2 * step)
    assert np.abs(energy.hessian_product(x, d) - difference).max() < 1e-6 * np.abs(difference).max()


def test_a_constant_strain_patch_is_exact():
    """Under an affine map every inner node of an irregular mesh is in balance, to rounding."""
    mesh = block(cells=(4, 4, 4), size_m=(0.03, 0.03, 0.03), jitter=1.5e-3)
    strained = mesh.nodes @ np.array([[1.2, 0.1, 0], [0.05, 0.9, 0.2], [0, 0, 1.1]]).T
    _, gradient = elastic_energy(mesh, Materials(), strained)
    low, high = mesh.nodes.min(axis=0), mesh.nodes.max(axis=0)
    inside = np.all((mesh.nodes > low) & (mesh.nodes < high), axis=1)
    assert inside.sum() == 27
    assert np.abs(gradient[inside]).max() < 1e-12 * np.abs(gradient).max()


def test_energy_and_gradient_do_not_depend_on_the_order_of_nodes_tetrahedra_and_corners():
    mesh, random = block(muscle_above_m=0.015, jitter=1e-3), np.random.default_rng(2)
    x = squeezed(mesh)
    new_of_old, tet_order = random.permutation(len(mesh.nodes)), random.permutation(len(mesh.tets))
    old_of_new = np.argsort(new_of_old)
    even = np.array([(1, 2, 0, 3), (0, 2, 3, 1), (3, 1, 0, 2), (0, 1, 2, 3)])
    corners = even[random.integers(len(even), size=len(mesh.tets))]
    tets = np.take_along_axis(new_of_old[mesh.tets[tet_order]], corners, axis=1)
    shuffled = RestMesh(mesh.nodes[old_of_new], tets, mesh.tissue[tet_order], mesh.bone[old_of_new])
    energy, gradient = elastic_energy(mesh, Materials(), x)
    other_energy, other_gradient = elastic_energy(shuffled, Materials(), x[old_of_new])
    assert other_energy == pytest.approx(energy, rel=1e-12)
    assert np.abs(other_gradient - gradient[old_of_new]).max() < 1e-12 * np.abs(gradient).max()


def test_the_result_does_not_depend_on_the_number_of_threads():
    mesh = block()
    x, gradients = squeezed(mesh), np.empty((2, *mesh.nodes.shape))
    energies = [ElasticEnergy(mesh, Materials(), threads=n).evaluate(x, gradients[n - 1]) for n in (1, 2)]
    assert energies[0] == energies[1]
    assert np.array_equal(gradients[0], gradients[1])


def loaded_energy(device):
    """Energy and gradient of a small muscular block under load, computed on a device."""
    mesh = block(cells=(2, 2, 2), muscle_above_m=0.015)
    energy, gradient = ElasticEnergy(mesh, Materials(), device), np.empty_like(mesh.nodes)
    energy.set_actuation(random_actuation(len(mesh.tets)))
    return energy.evaluate(squeezed(mesh), gradient), gradient


def assert_agrees_with_cpu(energy, gradient):
    expected_energy, expected_gradient = loaded_energy("cpu")
    assert energy == pytest.approx(expected_energy, rel=1e-12)
    assert np.abs(gradient - expected_gradient).max() < 1e-12 * np.abs(expected_gradient).max()


def test_the_cuda_kernel_agrees_with_the_cpu_on_numbas_simulator(tmp_path):
    script = (
        "import sys, numpy; from tests.landmark_driver.simulation.energy.test_elastic_energy import loaded_energy; "
        "energy, gradient = loaded_energy('cuda'); numpy.savez(sys.argv[1], energy=energy, gradient=gradient)"
    )
    interpreted = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", script, str(tmp_path / "cuda.npz")]
    run = subprocess.run(command, env=interpreted, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    with np.load(tmp_path / "cuda.npz") as found:
        assert_agrees_with_cpu(float(found["energy"]), found["gradient"])


@pytest.mark.skipif(not cuda_is_available(), reason="needs an NVIDIA GPU")
def test_the_cuda_kernel_agrees_with_the_cpu_on_a_gpu():
    assert_agrees_with_cpu(*loaded_energy("cuda"))

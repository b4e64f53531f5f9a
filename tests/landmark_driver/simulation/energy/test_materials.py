"""Materials: their range, their constants and the small-strain law that these give."""

import numpy as np
import pytest

from landmark_driver.simulation.energy.elastic_energy import elastic_energy
from landmark_driver.simulation.energy.materials import Materials, energy_constants
from landmark_driver.simulation.energy.simulation_error import MaterialRangeError
from tests.landmark_driver.simulation.block import block


@pytest.mark.parametrize("poisson", [0.0, 0.33, 0.47])
def test_a_small_pull_on_a_block_shows_the_youngs_modulus_and_poisson_ratio_asked_for(poisson):
    mesh = block(fix="none")
    volume, strain, youngs = mesh.volumes.sum(), 1e-5, 5e3
    materials = Materials(soft_youngs_pa=youngs, poisson_ratio=poisson)
    stretched = mesh.nodes * (1 + strain * np.array([1, -poisson, -poisson]))
    energy, _ = elastic_energy(mesh, materials, stretched)
    assert energy == pytest.approx(volume * youngs * strain**2 / 2, rel=1e-3)
    for other in (-0.05, 0.05):
        narrower = mesh.nodes * (1 + strain * np.array([1, -poisson + other, -poisson + other]))
        assert elastic_energy(mesh, materials, narrower)[0] > energy


def test_lambda_over_mu_is_one_at_a_third_and_7_8_at_0_47():
    mu, lam = energy_constants(np.array([5e3, 5e3]), np.array([1 / 3, 0.47]))
    assert lam / mu == pytest.approx([1.0, 7.833], rel=1e-3)


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("soft_youngs_pa", 0.0, "Expected soft_youngs_pa from 100 to 1e+06 Pa, got 0."),
        ("muscle_youngs_pa", np.nan, "Expected muscle_youngs_pa from 100 to 1e+06 Pa, got nan."),
        ("poisson_ratio", 0.5, "Expected poisson_ratio from 0 to 0.495, got 0.5."),
        ("muscle_strength", -0.1, "Expected muscle_strength from 0 to 2, got -0.1."),
        ("tissue_volume", 3.0, "Expected tissue_volume from 0.4 to 2.5, got 3."),
        ("density_kg_m3", 1.0, "Expected density_kg_m3 from 500 to 2000 kg/m³, got 1."),
    ],
)
def test_a_material_out_of_range_is_named_with_its_range(parameter, value, message):
    with pytest.raises(MaterialRangeError) as caught:
        Materials(**{parameter: value})
    assert str(caught.value) == f"{message} Choose a value in this range."


def test_one_bad_tetrahedron_among_many_is_found():
    with pytest.raises(MaterialRangeError, match=r"got 0\.6"):
        Materials(poisson_ratio=np.array([0.4, 0.6, 0.4]))


def test_scaling_an_unknown_parameter_lists_the_known_ones():
    with pytest.raises(
        MaterialRangeError, match=r"Expected a material, got 'stiffness'\. Choose soft_youngs_pa, "
    ):
        Materials().scaled("stiffness", 2.0)


def test_a_wrong_number_of_values_is_named():
    with pytest.raises(MaterialRangeError, match=r"Expected poisson_ratio of shape \(3,\), got \(2,\)"):
        Materials(poisson_ratio=np.array([0.4, 0.4])).per_tet(3)

"""The one rule from a setting to tetrahedra."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.tissue.tet_materials import TetMaterials, region_fractions, tet_materials
from landmark_driver.tissue.tissue_edits import parse_tissue_edits
from landmark_driver.tissue.tissue_parameters import PARAMETER_NAMES, REGIONS
from landmark_driver.tissue.tissue_setting import default_setting

_CHEEK, _RIGHT, _CHIN, _JAW = (
    REGIONS.index(name) for name in ("cheek_left", "cheek_right", "chin_left", "jaw_left")
)
_CORNERS = np.array(
    [
        [_CHEEK, _CHEEK, _CHEEK, _CHEEK],
        [_CHEEK, _CHEEK, _RIGHT, _CHIN],
        [_RIGHT, _RIGHT, _RIGHT, _RIGHT],
        [_CHIN, _CHIN, _CHIN, _CHIN],
        [_CHEEK, _JAW, _CHEEK, _JAW],
    ]
)
_HALF_AND_HALF = 4


def _materials(*texts: str) -> TetMaterials:
    setting = default_setting().with_values(parse_tissue_edits(texts))
    return tet_materials(region_fractions(_CORNERS), setting)


def _edited(*texts: str) -> dict[str, np.ndarray]:
    return {parameter.name: values for parameter, values in _materials(*texts).items()}


def test_fractions_count_corners() -> None:
    fractions = region_fractions(_CORNERS)
    assert fractions.shape == (len(_CORNERS), len(REGIONS))
    assert fractions[1, [_CHEEK, _RIGHT, _CHIN]].tolist() == [0.5, 0.25, 0.25]
    assert (fractions.sum(1) == 1).all()


@pytest.mark.parametrize(
    "order", list(permutations(["cheek.volume=1.5", "jaw.volume=0.7", "all.strength=0.5"]))
)
def test_half_a_cheek_at_1_5_and_half_a_jaw_at_0_7_is_1_1_in_any_order(order: tuple[str, ...]) -> None:
    tissue = _edited(*order)
    assert tissue["volume"][_HALF_AND_HALF] == pytest.approx(1.1, abs=1e-12)
    assert np.allclose(tissue["volume"][:4], [1.5, 0.75 * 1.5 + 0.25, 1.5, 1])
    assert np.allclose(tissue["strength"], 0.5)


def test_stiffness_is_the_weighted_geometric_mean() -> None:
    assert np.allclose(_edited("cheek_left.stiffness=0.25")["stiffness"], [0.25, 0.5, 1, 1, 0.5])
    both = _edited("jaw.stiffness=4", "cheek.stiffness=0.25")["stiffness"]
    assert both[_HALF_AND_HALF] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "value"),
    [("cheek.volume=1.3", 1.3), ("cheek.strength=0", 0.0), ("cheek.incompressibility=0.4", 0.4)],
)
def test_one_edit_goes_from_the_default_to_its_value_by_the_fraction(text: str, value: float) -> None:
    name = text.partition(".")[2].partition("=")[0]
    default = default_setting().regions[0, PARAMETER_NAMES.index(name)]
    fraction = np.array([1, 0.75, 1, 0, 0.5])
    assert np.allclose(_edited(text)[name], default + fraction * (value - default), rtol=1e-12)


def test_one_edit_of_stiffness_is_its_value_to_the_power_of_the_fraction() -> None:
    fraction = np.array([1, 0.75, 1, 0, 0.5])
    assert np.allclose(_edited("cheek.stiffness=0.5")["stiffness"], 0.5**fraction, rtol=1e-12)


def test_regions_edited_alike_meet_without_a_seam() -> None:
    values = {"stiffness": 0.3, "incompressibility": 0.42, "strength": 0.2, "volume": 1.4}
    tissue = _edited(*(f"all.{name}={value}" for name, value in values.items()))
    for name, value in values.items():
        assert np.allclose(tissue[name], value, rtol=1e-12)


def test_default_tissue_has_the_simulators_default_materials() -> None:
    materials, default = Materials().with_tissue(_materials()), Materials()
    for name in ("soft_youngs_pa", "muscle_youngs_pa", "poisson_ratio", "muscle_strength", "tissue_volume"):
        assert np.allclose(getattr(materials, name), getattr(default, name), rtol=1e-12)


def test_the_simulator_takes_the_ends_of_every_range() -> None:
    for text in ("all.stiffness=0.02", "all.stiffness=33.333333", "all.incompressibility=0.495"):
        Materials().with_tissue(_materials(text))
    for text in ("all.volume=0.4", "all.volume=2.5", "all.strength=2", "all.incompressibility=0"):
        Materials().with_tissue(_materials(text))


def test_stiffness_multiplies_both_moduli() -> None:
    materials = Materials(soft_youngs_pa=4e3).with_tissue(_materials("all.stiffness=2"))
    assert np.allclose(materials.soft_youngs_pa, 8e3) and np.allclose(materials.muscle_youngs_pa, 60e3)

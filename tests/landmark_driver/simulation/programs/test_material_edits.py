"""Local materials change what they name and are refused where they cannot be."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.simulation_error import MaterialRangeError
from landmark_driver.simulation.programs.material_edits import edited_materials, parse_material_edit
from landmark_driver.tissue.face_regions import REGIONS

_LEFT, _RIGHT, _CHIN = (REGIONS.index(name) for name in ("cheek_left", "cheek_right", "chin_left"))
_REGION = np.array([_LEFT, _LEFT, _LEFT, _LEFT, _RIGHT, _CHIN])
_TETS = np.array([[0, 1, 2, 3], [1, 2, 4, 5], [4, 4, 4, 4], [5, 5, 5, 5]])


def _edited(edits: dict[str, float]) -> Materials:
    layered = SimpleNamespace(tets=_TETS, region=_REGION, wrap_size=len(_REGION))
    return edited_materials(layered, edits, Materials())  # type: ignore[arg-type]


def test_a_factor_acts_where_its_region_is_and_by_its_share() -> None:
    soft = np.asarray(_edited({"cheek_left.stiffness": 0.25}).soft_youngs_pa) / Materials().soft_youngs_pa
    assert np.allclose(soft, [0.25, 0.5, 1, 1])


def test_a_region_without_a_side_means_both() -> None:
    strength = np.asarray(_edited({"cheek.strength": 0.0}).muscle_strength)
    assert np.allclose(strength, [0, 0.25, 0, 1])


def test_all_is_the_whole_head() -> None:
    assert np.allclose(_edited({"all.volume": 1.3}).tissue_volume, 1.3)
    assert np.allclose(_edited({"all.incompressibility": 0.4}).poisson_ratio, 0.4)


def test_no_edit_leaves_the_default() -> None:
    assert np.allclose(_edited({}).muscle_youngs_pa, Materials().muscle_youngs_pa)


def test_an_edit_is_a_region_a_parameter_and_a_number() -> None:
    assert parse_material_edit("cheek_left.stiffness=0.5") == ("cheek_left.stiffness", 0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cheek_left.stiffness", "expected REGION.PARAMETER=NUMBER"),
        ("cheek_left.stiffness=soft", "expected REGION.PARAMETER=NUMBER"),
        ("cheek_left.stiffness=nan", "expected REGION.PARAMETER=NUMBER"),
        ("tail.stiffness=1", "expected a region"),
        ("cheek_left.softness=1", "expected one of stiffness"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(text: str, said: str) -> None:
    with pytest.raises(MaterialRangeError, match=said):
        parse_material_edit(text)


def test_values_that_tissue_cannot_have_are_refused() -> None:
    with pytest.raises(MaterialRangeError, match="poisson_ratio from 0 to"):
        _edited({"all.incompressibility": 0.6})
    with pytest.raises(MaterialRangeError, match="positive factor"):
        _edited({"all.stiffness": -1})

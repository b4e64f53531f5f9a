"""The one table of tissue, and the document that shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.simulation_error import MaterialRangeError
from landmark_driver.tissue.tissue_parameters import (
    BONE_SCALE,
    DENSITY,
    GRAVITY,
    INCOMPRESSIBILITY,
    MUSCLE_YOUNGS,
    PARAMETERS,
    REGION_PAIRS,
    SOFT_YOUNGS,
    STRENGTH,
    VOLUME,
)

_ROWS = (*PARAMETERS, BONE_SCALE, GRAVITY, SOFT_YOUNGS, MUSCLE_YOUNGS, DENSITY)
_PHYSICS = Path(__file__).parents[3] / "docs" / "physics.md"


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
def test_networks_learned_the_default_and_nothing_that_cannot_be_simulated(row) -> None:
    low, high = row.trained
    assert row.lowest <= low <= row.default <= high <= row.highest


@pytest.mark.parametrize("row", (*PARAMETERS, BONE_SCALE, GRAVITY), ids=lambda row: row.name)
def test_the_document_shows_the_table(row) -> None:
    line = f"| `{row.name}` | {row.meaning} | {row.default:g} | {row.simulable_text} | {row.trained_text} |"
    assert line in _PHYSICS.read_text(encoding="utf-8").splitlines()


def test_the_document_names_every_region_and_the_constants() -> None:
    text = " ".join(_PHYSICS.read_text(encoding="utf-8").split())
    assert f"`all`, or one of {', '.join(REGION_PAIRS[:-1])} and {REGION_PAIRS[-1]}" in text
    assert f"between {SOFT_YOUNGS.lowest:g} Pa and {1e-6 * SOFT_YOUNGS.highest:g} MPa" in text
    assert f"density is {DENSITY.default:g} kg/m³" in text


def test_the_simulator_has_the_tables_defaults_and_ranges() -> None:
    rows = {
        "soft_youngs_pa": SOFT_YOUNGS,
        "muscle_youngs_pa": MUSCLE_YOUNGS,
        "poisson_ratio": INCOMPRESSIBILITY,
        "muscle_strength": STRENGTH,
        "tissue_volume": VOLUME,
        "density_kg_m3": DENSITY,
    }
    for field, row in rows.items():
        assert getattr(Materials(), field) == row.default
        for value in (row.lowest, row.highest):
            Materials(**{field: value})
        for value in (row.lowest - 0.01 * row.default, row.highest + 0.01 * row.default, np.nan):
            with pytest.raises(MaterialRangeError):
                Materials(**{field: value})


def test_a_value_in_single_floats_is_still_in_range() -> None:
    VOLUME.check_trained(np.array([1.6], np.float32))
    STRENGTH.check(np.array([2.0], np.float32))

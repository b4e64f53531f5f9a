"""Edits change what they name, in any order, and are refused where they cannot be."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from landmark_driver.tissue.tissue_edits import parse_tissue_edits, regions_named
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import (
    BONE_SCALE,
    BONES,
    PARAMETER_NAMES,
    PARAMETERS,
    REGIONS,
    TissueParameter,
)
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting


def _edited(*texts: str) -> TissueSetting:
    return default_setting().with_values(parse_tissue_edits(texts))


def _value(setting: TissueSetting, region: str, parameter: str) -> float:
    return setting.regions[REGIONS.index(region), PARAMETER_NAMES.index(parameter)]


def test_an_edit_is_a_name_and_a_number() -> None:
    texts = ["cheek_left.stiffness=0.5", " all.volume = 1.2 ", "mandible.scale=0.9"]
    assert parse_tissue_edits(texts) == {
        "cheek_left.stiffness": 0.5,
        "all.volume": 1.2,
        "mandible.scale": 0.9,
    }


def test_a_region_without_a_side_means_both_and_all_the_whole_head() -> None:
    assert regions_named("brow") == ("brow_left", "brow_right")
    assert regions_named("brow_right") == ("brow_right",)
    assert regions_named("all") == REGIONS
    strength = _edited("brow.strength=0").regions[:, PARAMETER_NAMES.index("strength")]
    assert [REGIONS[row] for row in np.flatnonzero(strength == 0)] == ["brow_left", "brow_right"]


def test_the_more_specific_edit_holds_in_any_order() -> None:
    texts = [
        "all.volume=1.2",
        "cheek.volume=1.4",
        "cheek_left.volume=0.8",
        "jaw.volume=0.7",
        "chin.strength=0",
    ]
    expected = _edited(*texts)
    for region, volume in {"cheek_left": 0.8, "cheek_right": 1.4, "jaw_left": 0.7, "nose_left": 1.2}.items():
        assert _value(expected, region, "volume") == volume
    for order in permutations(texts):
        assert np.array_equal(_edited(*order).regions, expected.regions)


def test_the_later_of_two_edits_with_the_same_name_replaces_the_earlier() -> None:
    assert _value(_edited("jaw.volume=1.5", "jaw.volume=0.7"), "jaw_left", "volume") == 0.7
    assert _edited("mandible.scale=0.9", "mandible.scale=1.1").bones[0] == 1.1


def test_no_edit_leaves_the_default() -> None:
    assert not _edited().code().any()


_NUMBER = (
    "Expected REGION.PARAMETER=NUMBER or BONE.scale=NUMBER, got '{}'. "
    "Write it as in cheek_left.stiffness=0.5 or mandible.scale=0.9."
)
_NAME = (
    "Expected REGION.PARAMETER or BONE.scale, got '{}'. "
    f"Choose the parameter from {', '.join(PARAMETER_NAMES)}, or the bone from mandible, cranium."
)
_REGION = (
    "Expected a region, got '{}'. Choose all, forehead, brow, lids, nose, cheek, upper_lip, lower_lip, chin, jaw, "
    "neck, scalp, or one of them with _left or _right."
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cheek_left.stiffness", _NUMBER.format("cheek_left.stiffness")),
        ("cheek_left.stiffness=soft", _NUMBER.format("cheek_left.stiffness=soft")),
        ("cheek_left.stiffness=nan", _NUMBER.format("cheek_left.stiffness=nan")),
        ("cheek_left.stiffness=inf", _NUMBER.format("cheek_left.stiffness=inf")),
        ("mandible=0.9", _NAME.format("mandible")),
        ("cheek_left.softness=1", _NAME.format("cheek_left.softness")),
        ("nose.scale=1", _NAME.format("nose.scale")),
        ("tail.stiffness=1", _REGION.format("tail")),
        (".stiffness=1", _REGION.format("")),
        ("left.stiffness=1", _REGION.format("left")),
        ("mandible.stiffness=1", _REGION.format("mandible")),
        (
            "all.stiffness=50",
            "Expected stiffness from 0.02 to 33.33, got 50. "
            "Choose a value in this range. The networks learned stiffness from 0.2 to 5.",
        ),
        (
            "jaw.stiffness=-1",
            "Expected stiffness from 0.02 to 33.33, got -1. "
            "Choose a value in this range. The networks learned stiffness from 0.2 to 5.",
        ),
        (
            "all.incompressibility=0.6",
            "Expected incompressibility from 0 to 0.495, got 0.6. "
            "Choose a value in this range. The networks learned incompressibility from 0.4 to 0.49.",
        ),
        (
            "mandible.scale=3",
            "Expected scale from 0.8 to 1.3, got 3. "
            "Choose a value in this range. The networks learned scale from 0.85 to 1.15.",
        ),
    ],
)
def test_edits_that_cannot_be_are_refused_in_these_words(text: str, said: str) -> None:
    with pytest.raises(TissueSettingError) as caught:
        _edited(text)
    assert str(caught.value) == said


@pytest.mark.parametrize("row", PARAMETERS, ids=lambda row: row.name)
def test_edits_have_the_ranges_of_the_table(row: TissueParameter) -> None:
    for value in (row.lowest, row.highest):
        assert _value(_edited(f"all.{row.name}={value!r}"), "nose_left", row.name) == value
    for value in (row.lowest - 0.01, 1.01 * row.highest):
        with pytest.raises(TissueSettingError, match=f"Expected {row.name} {row.simulable_text}, got "):
            _edited(f"all.{row.name}={value!r}")


@pytest.mark.parametrize("bone", BONES)
def test_bones_have_the_range_of_the_table(bone: str) -> None:
    for value in (BONE_SCALE.lowest, BONE_SCALE.highest):
        assert _edited(f"{bone}.scale={value}").bones[BONES.index(bone)] == value
    with pytest.raises(TissueSettingError, match="Expected scale "):
        _edited(f"{bone}.scale={BONE_SCALE.highest + 0.01}")

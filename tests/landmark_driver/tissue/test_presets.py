"""Presets: each is a setting that can be simulated, and values of one's own stand on top."""

from __future__ import annotations

import pytest

from landmark_driver.tissue.presets import PRESETS, with_preset
from landmark_driver.tissue.solved_edit import same_tissue
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_setting import default_setting


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_setting_of_its_own(name: str) -> None:
    settings = {
        other: default_setting().with_values(preset.values, preset.gravity)
        for other, preset in PRESETS.items()
    }
    own = settings.pop(name)
    assert not any(same_tissue(own, other) for other in (default_setting(), *settings.values()))


def test_own_values_stand_on_top_of_a_preset() -> None:
    preset = PRESETS["jelly"]
    values, gravity = with_preset("jelly", {"all.volume": 0.9, "nose.stiffness": 2.0}, None)
    assert values == preset.values | {"all.volume": 0.9, "nose.stiffness": 2.0}
    assert gravity == preset.gravity
    assert with_preset("upside-down", {}, (1.0, 2.0, 3.0)) == ({}, (1.0, 2.0, 3.0))
    assert with_preset(None, {"all.volume": 0.9}, None) == ({"all.volume": 0.9}, None)


def test_a_preset_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(
        TissueSettingError, match=r"Expected a preset, got 'jely'\. Choose lying-down, .*jelly\."
    ):
        with_preset("jely", {}, None)

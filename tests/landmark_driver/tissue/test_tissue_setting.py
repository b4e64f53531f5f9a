"""The one setting of tissue, and its code for the networks."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import default_setting, setting_from_code, tissue_features


def test_a_setting_survives_its_code():
    rng = np.random.default_rng(2)
    for _ in range(50):
        setting = sample_setting(rng)
        setting.check_trained()
        again = setting_from_code(setting.code())
        assert np.allclose(again.regions, setting.regions)
        assert np.allclose(again.gravity, setting.gravity) and np.allclose(again.bones, setting.bones)


def test_the_default_setting_has_no_code_and_no_features():
    assert not default_setting().code().any()
    assert not default_setting().features().any()


def test_softer_tissue_is_pulled_more():
    soft = default_setting().with_values({"all.stiffness": 0.5})
    pull = tissue_features(soft.code())[-3 * len(REGIONS) :].reshape(-1, 3)
    assert np.allclose(pull, [0, -0.5, 0])


def test_one_name_sets_a_region_its_two_sides_or_all():
    setting = default_setting().with_values(
        {"cheek_left.volume": 1.2, "brow.strength": 0.0, "mandible.scale": 0.9}
    )
    changed = [REGIONS[row] for row in np.flatnonzero(setting.regions[:, 2] == 0)]
    assert changed == ["brow_left", "brow_right"]
    assert (setting.regions[:, 3] == 1.2).sum() == 1 and setting.bones[0] == 0.9
    assert (default_setting().with_values({"all.stiffness": 2.0}).regions[:, 0] == 2).all()


def test_values_replace_those_of_the_setting_and_keep_the_rest():
    first = default_setting().with_values({"cheek.volume": 1.2}, (0, 0, -9.81))
    second = first.with_values({"all.stiffness": 2.0, "all.volume": 1.1})
    assert (second.regions[:, 3] == 1.1).all() and second.gravity_m_s2 == (0, 0, -9.81)
    assert first.regions[0, 0] == 1


@pytest.mark.parametrize(
    ("values", "gravity", "said"),
    [
        (
            {"all.stiffness": 9.0},
            None,
            "Expected stiffness from 0.2 to 5, got 9. "
            "Choose a value in this range, or simulate: physics takes stiffness from 0.02 to 33.33.",
        ),
        (
            {"cranium.scale": 1.2},
            None,
            "Expected scale from 0.85 to 1.15, got 1.2. "
            "Choose a value in this range, or simulate: physics takes scale from 0.8 to 1.3.",
        ),
        (
            {},
            (0, -98.0, 0),
            "Expected gravity from 0 to 20 m/s², got 98. "
            "Choose a value in this range, or simulate: physics takes gravity from 0 m/s² on.",
        ),
    ],
)
def test_networks_refuse_what_they_have_not_learned(values, gravity, said):
    setting = default_setting().with_values(values, gravity)
    with pytest.raises(TissueSettingError) as caught:
        setting.check_trained()
    assert str(caught.value) == said


def test_gravity_that_is_no_number_is_refused():
    with pytest.raises(TissueSettingError) as caught:
        default_setting().with_values({}, (0, np.nan, 0))
    assert str(caught.value) == (
        "Expected gravity as three finite numbers in m/s², got 0,nan,0. Write it as in 0,-9.81,0."
    )


def test_a_code_beyond_what_networks_learned_is_that_of_its_setting():
    setting = default_setting().with_values({"all.stiffness": 0.05, "mandible.scale": 1.3}, (0, 29.43, 0))
    again = setting_from_code(setting.code())
    assert np.allclose(again.regions, setting.regions) and np.allclose(again.bones, setting.bones)
    assert np.allclose(again.gravity, setting.gravity)
    code = default_setting().code()
    code[-1] = 9.0
    with pytest.raises(TissueSettingError, match=r"Expected scale from 0\.8 to 1\.3, got 2\.35"):
        setting_from_code(code)


def test_networks_answer_for_the_end_of_their_range_beyond_it():
    wide = default_setting().with_values({"all.stiffness": 0.05, "mandible.scale": 1.3}, (0, 29.43, 0))
    end = default_setting().with_values({"all.stiffness": 0.2, "mandible.scale": 1.15}, (0, 20.0, 0))
    assert np.allclose(wide.features(), end.features())
    wide.nearest_learned().check_trained()
    inside = default_setting().with_values({"cheek.volume": 1.2})
    assert np.array_equal(inside.features(), tissue_features(inside.code()))

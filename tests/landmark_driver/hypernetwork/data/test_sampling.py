"""What training data is drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX, ARKIT_NAMES, MIRROR
from landmark_driver.hypernetwork.data.expression_sampler import KINDS, sample_expression
from landmark_driver.hypernetwork.data.proxy_tissue import ProxyPhysics, ProxyTissue
from landmark_driver.hypernetwork.data.take_statistics import load_take_statistics
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import default_setting


@pytest.fixture(scope="module")
def expressions():
    rng = np.random.default_rng(0)
    kinds, weights = zip(*(sample_expression(rng) for _ in range(2000)), strict=True)
    return np.array(kinds), np.array(weights)


def test_weights_stay_between_rest_and_full(expressions):
    assert expressions[1].min() >= 0 and expressions[1].max() <= 1


def test_every_kind_is_drawn_and_every_shape_reaches_its_extreme(expressions):
    kinds, weights = expressions
    assert set(kinds) == set(KINDS)
    strongest = weights.max(0)
    assert all(strongest[ARKIT_INDEX[name]] > 0.75 for name in ARKIT_NAMES if name != "mouthClose")


def test_some_expressions_are_symmetric_and_many_are_not(expressions):
    uneven = np.abs(expressions[1] - expressions[1][:, MIRROR]).max(1)
    assert 0.2 < (uneven > 0.3).mean() < 0.9


def test_jaw_and_mouth_do_not_go_both_ways(expressions):
    weights = expressions[1]
    for pair in (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"), ("eyeLookUpLeft", "eyeLookDownLeft")):
        assert weights[:, [ARKIT_INDEX[name] for name in pair]].min(1).max() == 0


def test_the_mouth_closes_no_more_than_the_jaw_opens(expressions):
    weights = expressions[1]
    assert (weights[:, ARKIT_INDEX["mouthClose"]] <= weights[:, ARKIT_INDEX["jawOpen"]]).all()


def test_take_like_expressions_have_the_takes_medians_and_correlations():
    table = load_take_statistics()
    rng = np.random.default_rng(1)
    drawn = np.array([table.sample(rng) for _ in range(3000)])
    assert np.abs(np.median(drawn, 0) - table.quantiles[:, 4]).max() < 0.08
    pair = [ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]]
    assert np.corrcoef(drawn[:, pair].T)[0, 1] > 0.8


@pytest.fixture(scope="module")
def stand_in() -> ProxyTissue:
    return ProxyPhysics(load_anny_identities())(load_anny_identities().mean())


def test_the_stand_in_rests_where_the_neutral_head_is(stand_in):
    assert np.abs(stand_in(np.zeros(52), default_setting()).displacement).max() < 1e-9


def test_a_paralysed_side_of_the_stand_in_does_not_smile(stand_in):
    weights = np.zeros(52)
    weights[[ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]]] = 0.8
    left = [f"{name[:-5]}_left.strength" for name in REGIONS if name.endswith("_left")]
    healthy = stand_in(weights, default_setting()).displacement
    paralysed = stand_in(weights, default_setting().with_values(dict.fromkeys(left, 0.0))).displacement
    side = load_anny_identities().mean().vertices[:, 0]
    on_left, on_right = side > 0.03, side < -0.03
    moved = [np.linalg.norm(d, axis=1) for d in (healthy, paralysed)]
    assert moved[1][on_left].sum() < 0.1 * moved[0][on_left].sum()
    assert moved[1][on_right].sum() > 0.9 * moved[0][on_right].sum()


def test_the_eyeballs_of_the_stand_in_stay(stand_in):
    topology = load_anny_identities().topology
    moved = stand_in(np.full(52, 0.3), sample_setting(np.random.default_rng(3))).displacement
    for side in ("left", "right"):
        assert not moved[topology.vertices_of(f"eyeball_{side}")].any()

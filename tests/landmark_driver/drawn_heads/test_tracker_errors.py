"""The errors that the response leaves, as patterns of the whole face."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.drawn_heads.learn_tracker_errors import error_patterns, left_errors
from landmark_driver.landmarks.apertures import INNER_LIPS, LID_MIDDLES
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT, load_response_map, load_tracker_response


def test_planted_patterns_are_found_with_their_sizes() -> None:
    rng = np.random.default_rng(0)
    ways = np.linalg.qr(rng.normal(size=(3 * SURFACE_COUNT, 2)))[0].T
    sizes = np.array([4e-2, 1e-2])
    errors = (rng.normal(size=(4000, 2)) * sizes) @ ways
    found = error_patterns(errors.reshape(-1, SURFACE_COUNT, 3), 2).reshape(2, -1)
    assert np.linalg.norm(found, axis=1) == pytest.approx(sizes, rel=0.05)
    assert np.abs((found * ways).sum(1)) == pytest.approx(sizes, rel=0.05)


def test_errors_are_what_the_response_says_less_what_is_true() -> None:
    rng = np.random.default_rng(1)
    reported, wrong = rng.normal(0, 2e-3, (5, 478, 3)).astype(np.float32), rng.normal(0, 1e-3, (5, 478, 3))
    response = load_response_map()
    true = np.array([response(one) for one in reported]) - wrong
    np.testing.assert_allclose(left_errors(response, reported, true), wrong[:, :SURFACE_COUNT], atol=1e-6)


def test_the_patterns_that_ship_are_of_the_size_of_the_errors_by_landmark() -> None:
    """Other heads were looked at for the patterns than for the standard deviations, and forty patterns are not all."""
    response = load_tracker_response()
    assert response.error_patterns_m is not None
    together = np.sqrt((response.error_patterns_m**2).sum(0))
    assert 0.6 < np.median(together / response.error_std_m) < 1.2


def test_heights_that_apertures_set_have_no_part_in_the_patterns() -> None:
    noise = load_tracker_response().noise
    assert noise.patterns_m is not None and noise.counted < 0.1
    assert not noise.patterns_m[:, [*LID_MIDDLES, *INNER_LIPS], 1].any()
    assert not noise.patterns_m[:, SURFACE_COUNT:].any()
    assert noise.patterns_m[:, INNER_LIPS, 0].any()
    np.testing.assert_allclose(noise.columns, noise.counted * noise.in_full().columns)

"""The One-Euro filter: quiet when still, quick when moving, by the time stamps alone."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.landmarks.smoothing import GAP_S, OneEuroFilter
from landmark_driver.live import face_driver


def one_euro(group: str = "face", points: int = 1) -> OneEuroFilter:
    """A filter with the driver's own settings."""
    return OneEuroFilter(
        np.full(points, face_driver._MIN_CUTOFF_HZ[group]), np.full(points, face_driver._BETA[group])
    )


def run(smooth: OneEuroFilter, values: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    return np.array([smooth(value, time_s) for value, time_s in zip(values, times_s, strict=True)])


@pytest.mark.parametrize("group", face_driver._BETA)
def test_a_still_face_becomes_quieter(group: str) -> None:
    """Noise as MediaPipe has it: a tenth of a millimetre."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1e-4, (300, 50, 3))
    smooth = run(one_euro(group, 50), noise, np.arange(300) / 30)
    assert smooth[30:].std() < 0.75 * noise[30:].std()


@pytest.mark.parametrize("group", ["lids", "lips"])
def test_lids_and_lips_keep_their_speed(group: str) -> None:
    """Of a step of a centimetre, three quarters are there after two frames."""
    step = np.zeros((12, 1, 3))
    step[6:, 0, 1] = 0.01
    smooth = run(one_euro(group), step, np.arange(12) / 30)
    assert smooth[5, 0, 1] == 0
    assert smooth[7, 0, 1] > 0.75 * 0.01
    assert (np.diff(smooth[6:, 0, 1]) >= 0).all() and smooth[-1, 0, 1] <= 0.01


def test_no_axis_is_slower_than_another() -> None:
    """The speed is the point's: along y, where it moves little, it keeps up with its race along x."""
    values = np.zeros((10, 1, 3))
    values[5:, 0] = [0.02, 0.0002, 0.0]
    smooth = run(one_euro(), values, np.arange(10) / 30)
    np.testing.assert_allclose(smooth[6:, 0, 0] / 0.02, smooth[6:, 0, 1] / 0.0002, rtol=1e-9)


def test_a_constant_passes_unchanged_whatever_the_spacing() -> None:
    rng = np.random.default_rng(1)
    times_s = np.cumsum(rng.uniform(0.005, 0.2, 60))
    values = np.broadcast_to(rng.normal(size=(4, 3)), (60, 4, 3))
    np.testing.assert_allclose(run(one_euro(points=4), values, times_s), values, atol=1e-14)


def test_time_comes_from_the_stamps_so_lost_frames_change_little() -> None:
    times_s = np.arange(0, 1, 1 / 60)
    wave = (0.005 * np.sin(2 * np.pi * times_s))[:, None, None] * np.ones((1, 1, 3))
    every, third = run(one_euro("lips"), wave, times_s), run(one_euro("lips"), wave[::3], times_s[::3])
    assert np.abs(third - every[::3]).max() < 0.15 * 0.005


def test_a_repeated_or_earlier_stamp_changes_nothing() -> None:
    smooth = one_euro()
    smooth(np.zeros((1, 3)), 0.0)
    before = smooth(np.full((1, 3), 0.001), 0.03)
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), 0.03), before)
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), 0.01), before)


def test_after_a_gap_the_filter_starts_anew() -> None:
    smooth = one_euro()
    smooth(np.zeros((1, 3)), 0.0)
    assert (smooth(np.ones((1, 3)), GAP_S) < 1).all()
    smooth = one_euro()
    smooth(np.zeros((1, 3)), 0.0)
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), GAP_S + 0.01), np.ones((1, 3)))


def test_a_reset_forgets_everything() -> None:
    smooth = one_euro()
    smooth(np.zeros((1, 3)), 5.0)
    smooth.reset()
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), 1.0), np.ones((1, 3)))


def test_a_point_that_is_lost_starts_anew_and_disturbs_no_other() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0, 0.001, (20, 2, 3))
    times_s = np.arange(20) / 30
    alone = run(one_euro(), values[:, :1], times_s)
    values[8:11, 1] = np.nan
    both = run(one_euro(points=2), values, times_s)
    np.testing.assert_array_equal(both[:, :1], alone)
    assert np.isnan(both[8:11, 1]).all()
    np.testing.assert_array_equal(both[11, 1], values[11, 1])
    assert np.isfinite(both[11:]).all()


def test_what_comes_out_is_nobodys_memory() -> None:
    smooth = one_euro()
    first = smooth(np.zeros((1, 3)), 0.0)
    first += 100
    assert (smooth(np.zeros((1, 3)), 0.03) == 0).all()

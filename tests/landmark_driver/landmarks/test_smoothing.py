"""The innovation filter: quiet when still, quick when moving, by the time stamps alone."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.landmarks.smoothing import GAP_S, InnovationFilter
from landmark_driver.live import face_driver


def group_filter(group: str = "face", points: int = 1) -> InnovationFilter:
    """A filter with the driver's own settings."""
    return InnovationFilter(
        np.full(points, face_driver._CUTOFF_HZ[group]), np.full(points, face_driver._THRESHOLD_M[group])
    )


def run(smooth: InnovationFilter, values: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    return np.array([smooth(value, time_s) for value, time_s in zip(values, times_s, strict=True)])


@pytest.mark.parametrize("group", face_driver._CUTOFF_HZ)
def test_a_still_face_becomes_quieter(group: str) -> None:
    """Noise as MediaPipe has it: a tenth of a millimetre."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1e-4, (300, 50, 3))
    smooth = run(group_filter(group, 50), noise, np.arange(300) / 30)
    assert smooth[30:].std() < 0.75 * noise[30:].std()


@pytest.mark.parametrize("group", ["lids", "lips"])
def test_lids_and_lips_keep_their_speed(group: str) -> None:
    """Of a step of a centimetre, three quarters are there after two frames."""
    step = np.zeros((12, 1, 3))
    step[6:, 0, 1] = 0.01
    smooth = run(group_filter(group), step, np.arange(12) / 30)
    assert smooth[5, 0, 1] == 0
    assert smooth[7, 0, 1] > 0.75 * 0.01
    assert (np.diff(smooth[6:, 0, 1]) >= 0).all() and smooth[-1, 0, 1] <= 0.01


@pytest.mark.parametrize("phase", np.linspace(0, 1, 8, endpoint=False))
@pytest.mark.parametrize("fps", [30, 60])
def test_a_blink_is_as_deep_as_its_deepest_frame(fps: int, phase: float) -> None:
    """Lids close by 8 mm and open again within 100 ms; frames fall anywhere on the way."""
    times_s = (np.arange(fps) + phase) / fps
    way = np.clip((times_s - 0.5) / 0.1, 0, 1)
    lid = np.zeros((fps, 1, 3))
    lid[:, 0, 1] = -0.004 * (1 - np.cos(2 * np.pi * way))
    smooth = run(group_filter("lids"), lid, times_s)
    assert smooth[:, 0, 1].min() < 0.95 * lid[:, 0, 1].min() < 0.95 * 0.7 * -0.008
    assert smooth[:, 0, 1].min() >= lid[:, 0, 1].min()


def test_without_a_threshold_small_and_large_steps_are_smoothed_alike() -> None:
    """A plain low-pass: scaled steps give scaled answers, at their cut-off's pace."""
    step = np.zeros((20, 2, 3))
    step[5:, 0], step[5:, 1] = 1e-5, 1.0
    smooth = run(InnovationFilter(np.full(2, 2.0), np.full(2, np.inf)), step, np.arange(20) / 30)
    np.testing.assert_allclose(smooth[:, 0] / 1e-5, smooth[:, 1], rtol=1e-9)
    gain = 1 / (1 + 30 / (2 * np.pi * 2.0))
    np.testing.assert_allclose(smooth[5:, 1, 0], 1 - (1 - gain) ** np.arange(1, 16), rtol=1e-9)


def test_no_axis_is_slower_than_another() -> None:
    """The surprise is the point's: along y, where it moves little, it keeps up with its race along x."""
    values = np.zeros((10, 1, 3))
    values[5:, 0] = [0.02, 0.0002, 0.0]
    smooth = run(group_filter(), values, np.arange(10) / 30)
    np.testing.assert_allclose(smooth[6:, 0, 0] / 0.02, smooth[6:, 0, 1] / 0.0002, rtol=1e-9)


def test_a_constant_passes_unchanged_whatever_the_spacing() -> None:
    rng = np.random.default_rng(1)
    times_s = np.cumsum(rng.uniform(0.005, 0.2, 60))
    values = np.broadcast_to(rng.normal(size=(4, 3)), (60, 4, 3))
    np.testing.assert_allclose(run(group_filter(points=4), values, times_s), values, atol=1e-14)


def test_time_comes_from_the_stamps_so_lost_frames_change_little() -> None:
    times_s = np.arange(0, 1, 1 / 60)
    wave = (0.005 * np.sin(2 * np.pi * times_s))[:, None, None] * np.ones((1, 1, 3))
    every, third = (
        run(group_filter("lips"), wave, times_s),
        run(group_filter("lips"), wave[::3], times_s[::3]),
    )
    assert np.abs(third - every[::3]).max() < 0.15 * 0.005


def test_a_repeated_or_earlier_stamp_changes_nothing() -> None:
    smooth = group_filter()
    smooth(np.zeros((1, 3)), 0.0)
    before = smooth(np.full((1, 3), 0.001), 0.03)
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), 0.03), before)
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), 0.01), before)


def test_after_a_gap_the_filter_starts_anew() -> None:
    smooth = group_filter()
    smooth(np.zeros((1, 3)), 0.0)
    assert (smooth(np.ones((1, 3)), GAP_S) < 1).all()
    smooth = group_filter()
    smooth(np.zeros((1, 3)), 0.0)
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), GAP_S + 0.01), np.ones((1, 3)))


def test_a_reset_forgets_everything() -> None:
    smooth = group_filter()
    smooth(np.zeros((1, 3)), 5.0)
    smooth.reset()
    np.testing.assert_array_equal(smooth(np.ones((1, 3)), 1.0), np.ones((1, 3)))


def test_a_point_that_is_lost_starts_anew_and_disturbs_no_other() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0, 0.001, (20, 2, 3))
    times_s = np.arange(20) / 30
    alone = run(group_filter(), values[:, :1], times_s)
    values[8:11, 1] = np.nan
    both = run(group_filter(points=2), values, times_s)
    np.testing.assert_array_equal(both[:, :1], alone)
    assert np.isnan(both[8:11, 1]).all()
    np.testing.assert_array_equal(both[11, 1], values[11, 1])
    assert np.isfinite(both[11:]).all()


def test_what_comes_out_is_nobodys_memory() -> None:
    smooth = group_filter()
    first = smooth(np.zeros((1, 3)), 0.0)
    first += 100
    assert (smooth(np.zeros((1, 3)), 0.03) == 0).all()

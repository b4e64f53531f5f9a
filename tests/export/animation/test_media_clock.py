"""Times of an animation never stand still."""

from __future__ import annotations

import pytest

from export.animation.media_clock import MediaClock


def _times(*captured: float) -> list[float]:
    clock = MediaClock()
    return [clock(time_s) for time_s in captured]


def test_a_recording_that_begins_at_zero_keeps_its_times():
    assert _times(0.0, 0.033, 0.067, 0.5) == pytest.approx([0, 0.033, 0.067, 0.5])


def test_a_take_of_a_live_source_begins_at_zero():
    assert _times(5000.0, 5000.1, 5000.4) == pytest.approx([0, 0.1, 0.4])


def test_a_clock_that_steps_back_or_stands_still_goes_on_by_the_last_good_step():
    assert _times(0.0, 0.1, 0.0, 0.2, 0.2) == pytest.approx([0, 0.1, 0.2, 0.4, 0.6])

"""Replay: recorded frames at the pace of their capture, on a clock that the test turns by hand."""

import itertools

import numpy as np
import pytest

from capture.frames.landmark_frame import LandmarkFrame
from capture.takes.replay import in_real_time


class HandClock:
    """A monotonic clock that only sleeping and `advance` move forward."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now_s += seconds

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


def frames_at(*times_s: float, first: int = 0) -> list[LandmarkFrame]:
    return [
        LandmarkFrame(first + index, time_s, 0.0, (640, 480), None) for index, time_s in enumerate(times_s)
    ]


def test_the_first_frame_comes_at_once_and_the_others_at_their_distances():
    clock = HandClock(1000.0)
    played = list(in_real_time(frames_at(50.0, 50.1, 50.4), clock=clock, sleep=clock.sleep))
    np.testing.assert_allclose([frame.receive_time_s for frame in played], [1000, 1000.1, 1000.4])
    np.testing.assert_allclose(clock.slept, [0.1, 0.3])


def test_capture_times_become_the_moments_at_which_frames_are_due():
    clock = HandClock(1000.0)
    played = list(in_real_time(frames_at(50.0, 50.1, 50.4), clock=clock, sleep=clock.sleep))
    np.testing.assert_allclose([frame.capture_time_s for frame in played], [1000, 1000.1, 1000.4])


def test_a_taker_who_falls_behind_gets_every_late_frame_at_once():
    clock = HandClock(0.0)
    play = in_real_time(frames_at(0.0, 0.1, 0.2, 0.3), clock=clock, sleep=clock.sleep)
    next(play)
    clock.advance(0.25)
    late = [next(play), next(play)]
    assert clock.slept == []
    assert [frame.receive_time_s - frame.capture_time_s for frame in late] == pytest.approx([0.15, 0.05])
    assert next(play).receive_time_s == pytest.approx(0.3), "and is back in time after them"


def test_nothing_else_of_a_frame_changes():
    clock = HandClock(7.0)
    [frame] = frames_at(3.0, first=41)
    [played] = in_real_time([frame], clock=clock, sleep=clock.sleep)
    assert (played.sequence, played.image_size_px, played.landmarks) == (41, (640, 480), None)


def test_a_loop_goes_on_with_rising_numbers_and_times():
    clock = HandClock(0.0)
    take = frames_at(5.0, 5.1, 5.2, first=10)
    play = in_real_time(take, loop=True, clock=clock, sleep=clock.sleep)
    played = list(itertools.islice(play, 8))
    assert [frame.sequence for frame in played] == list(range(10, 18))
    np.testing.assert_allclose([frame.capture_time_s for frame in played], np.arange(8) * 0.1)


def test_a_loop_of_one_frame_repeats_it_thirty_times_a_second():
    clock = HandClock(0.0)
    play = in_real_time(frames_at(5.0), loop=True, clock=clock, sleep=clock.sleep)
    times_s = [frame.capture_time_s for frame in itertools.islice(play, 4)]
    np.testing.assert_allclose(times_s, np.arange(4) / 30)


@pytest.mark.parametrize("loop", [False, True])
def test_no_frames_play_as_nothing(loop):
    assert list(in_real_time([], loop=loop)) == []


def test_frames_are_read_one_by_one_as_they_are_needed():
    clock = HandClock(0.0)
    source = iter(frames_at(0.0, 0.1, 0.2))
    play = in_real_time(source, clock=clock, sleep=clock.sleep)
    next(play)
    assert len(list(source)) == 2

"""The other machine's clock, recovered from pings with known delays."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.clock_offset import ClockOffset, Ping

TRUE_OFFSET_S = 1234.5


def ping(
    sent_s: float, there_s: float, back_s: float, offset_s: float = TRUE_OFFSET_S, wait_s: float = 0.003
):
    received_s = sent_s + there_s - offset_s
    return Ping(sent_s, received_s, received_s + wait_s, sent_s + there_s + wait_s + back_s)


def test_equal_delays_give_the_exact_offset() -> None:
    clock = ClockOffset()
    clock.add(ping(10.0, 0.02, 0.02))
    assert clock.to_local(5.0) == pytest.approx(5.0 + TRUE_OFFSET_S, abs=1e-9)


def test_the_time_the_phone_takes_to_answer_does_not_count() -> None:
    quick, slow = ping(10.0, 0.01, 0.03, wait_s=0.0), ping(10.0, 0.01, 0.03, wait_s=0.5)
    assert slow.offset_s == pytest.approx(quick.offset_s, abs=1e-9)
    assert slow.round_trip_s == pytest.approx(quick.round_trip_s, abs=1e-9)


def test_the_error_is_at_most_half_the_fastest_round_trip_whatever_the_delays() -> None:
    random = np.random.default_rng(3)
    clock = ClockOffset()
    for second, (there, back) in enumerate(random.exponential(0.02, (200, 2))):
        clock.add(ping(float(second), there, back))
        assert abs(clock.to_local(0.0) - TRUE_OFFSET_S) <= clock.round_trip_s / 2 + 1e-9


def test_one_fast_ping_outweighs_slow_ones_until_it_is_too_old() -> None:
    clock = ClockOffset(window=20)
    clock.add(ping(0.0, 0.001, 0.001))
    for second in range(1, 20):
        clock.add(ping(float(second), 0.08, 0.01))
    assert clock.round_trip_s == pytest.approx(0.002)
    clock.add(ping(20.0, 0.08, 0.01))
    assert clock.round_trip_s == pytest.approx(0.09)


def test_a_clock_that_was_set_anew_is_followed_at_once() -> None:
    clock = ClockOffset()
    clock.add(ping(0.0, 0.001, 0.001))
    clock.add(ping(1.0, 0.02, 0.02, offset_s=TRUE_OFFSET_S + 60))
    assert clock.to_local(0.0) == pytest.approx(TRUE_OFFSET_S + 60)


def test_a_clock_rounded_to_a_millisecond_never_gives_a_negative_round_trip() -> None:
    assert Ping(sent_s=1.0, received_s=5.0, answered_s=5.001, returned_s=1.0004).round_trip_s == 0.0


def test_nothing_is_known_before_the_first_ping() -> None:
    assert not ClockOffset().known

import numpy as np
import pytest

from firmware_bench.measure.timed_rounds import SubjectTimes, half_difference, paired_ratio, time_rounds
from firmware_bench.report.rows_from_times import rows_from_times
from tests.firmware_bench.devices.fake_machine import FakeMachine


def test_every_subject_runs_in_every_round_and_not_always_after_the_same_one() -> None:
    machine = FakeMachine()
    subjects = [machine.subject(name, 1.0) for name in "abc"]
    times = time_rounds(subjects, 0.9, 30, clock=machine.clock)
    assert [len(measured.rounds) for measured in times] == [30, 30, 30]
    assert all(len(calls) for measured in times for calls in measured.rounds)
    before_b = {machine.ran[i - 1] for i in range(6, len(machine.ran)) if machine.ran[i] == "b"}
    assert {"a", "c"} <= before_b


def test_a_constant_time_is_measured_as_what_it_is() -> None:
    machine = FakeMachine()
    times = time_rounds([machine.subject("a", 2.0), machine.subject("b", 0.5)], 3.0, 10, clock=machine.clock)
    assert times[0].median_ms == pytest.approx(2.0)
    assert times[1].median_ms == pytest.approx(0.5)
    assert np.all(paired_ratio(*times) == pytest.approx(4.0))


def test_ratios_within_rounds_do_not_see_a_machine_that_gets_slower() -> None:
    machine = FakeMachine()
    machine.mood = lambda now_s: 1 + 0.5 * now_s
    times = time_rounds([machine.subject("a", 2.0), machine.subject("b", 1.0)], 4.0, 40, clock=machine.clock)
    drift = times[0].round_ms[-1] / times[0].round_ms[0]
    assert drift > 2
    assert np.median(paired_ratio(*times)) == pytest.approx(2.0, rel=0.1)


def test_the_first_call_of_a_slice_is_kept_apart() -> None:
    machine = FakeMachine()
    cheap = machine.subject("a", 1.0)

    def call() -> None:
        cold = not machine.ran or machine.ran[-1] != "a"
        cheap.call()
        machine.now_s += 0.009 if cold else 0.0

    subject = machine.subject("a", 1.0)
    subject = type(subject)("a", "numpy", call)
    measured, _ = time_rounds([subject, machine.subject("b", 1.0)], 4.0, 10, clock=machine.clock)
    assert np.median(measured.cold) == pytest.approx(10.0)
    assert measured.median_ms == pytest.approx(1.0)


def test_a_slow_subject_sits_rounds_out_and_does_not_take_over_the_run() -> None:
    machine = FakeMachine()
    slow, quick = time_rounds(
        [machine.subject("slow", 500.0), machine.subject("quick", 1.0)], 4.0, 20, clock=machine.clock
    )
    ran = [len(calls) for calls in slow.rounds]
    assert 3 <= sum(ran) <= 10 and max(ran) == 1
    assert all(len(calls) for calls in quick.rounds)
    assert np.isnan(slow.round_ms).sum() == ran.count(0)
    assert machine.now_s < 8


def test_the_order_of_rounds_is_the_same_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        machine = FakeMachine()
        time_rounds([machine.subject(name, 1.0) for name in "abcd"], 0.4, 10, seed=3, clock=machine.clock)
        runs.append(machine.ran)
    assert runs[0] == runs[1]


def test_halves_that_agree_differ_by_nothing_and_halves_apart_by_their_distance() -> None:
    assert half_difference(np.ones(20)) == 0.0
    assert half_difference(np.repeat([0.9, 1.1], 10)) == pytest.approx(0.2)
    assert half_difference(np.ones(5)) is None


def test_rows_say_median_of_medians_ratios_and_distance_to_the_roofline() -> None:
    machine = FakeMachine()
    subjects = [
        machine.subject("yardstick", 0.2),
        machine.subject("linear blendshapes", 0.1),
        machine.subject("network", 0.3, macs=3_000_000, bytes=12_000_000),
    ]
    times = time_rounds(subjects, 1.0, 10, clock=machine.clock)
    row = rows_from_times(subjects, times, "here", None)[2]
    assert row.p50_ms == pytest.approx(0.3) and row.p99_ms == pytest.approx(0.3)
    assert row.over_blendshapes == pytest.approx(3.0)
    assert row.over_yardstick == pytest.approx(1.5)
    assert row.half_difference == pytest.approx(0.0, abs=1e-9)
    assert (row.bound_ms, row.over_bound) == (None, None)
    assert row.runs == sum(len(calls) for calls in times[2].rounds)


def test_one_preempted_round_hardly_moves_the_median_of_medians() -> None:
    calm = SubjectTimes(tuple(np.full(9, 1.0) for _ in range(9)), np.ones(9))
    disturbed = SubjectTimes((np.full(9, 50.0), *calm.rounds[1:]), np.ones(9))
    assert disturbed.median_ms == calm.median_ms == 1.0


def test_a_run_on_a_machine_that_is_too_busy_ends_early_with_enough_rounds() -> None:
    machine = FakeMachine()
    machine.mood = lambda now_s: 1.0 if now_s < 0.05 else 50.0
    times = time_rounds([machine.subject("a", 2.0), machine.subject("b", 1.0)], 3.0, 30, clock=machine.clock)
    assert {len(measured.rounds) for measured in times} == {6}
    assert machine.now_s > 6


def test_processor_time_and_interruptions_are_counted_apart() -> None:
    machine = FakeMachine()
    work = machine.subject("a", 1.0)
    subject = type(work)("a", "numpy", lambda: (work.call(), machine.interrupt(3.0)))
    (measured,) = time_rounds([subject], 1.0, 10, clock=machine.clock, use=machine.use)
    assert measured.median_ms == pytest.approx(4.0)
    assert np.all(measured.cpu_ms == pytest.approx(1.0))
    assert (measured.interruptions, measured.waits) == (pytest.approx(1.0), 0.0)

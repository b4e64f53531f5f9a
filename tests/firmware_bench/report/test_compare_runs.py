import json

import numpy as np
import pytest

from firmware_bench.devices.check_repeatability import halves_differ, repeatability
from firmware_bench.measure.bench_error import ReportError
from firmware_bench.report.bench_report import with_budget
from firmware_bench.report.compare_runs import compare_runs
from firmware_bench.report.report_markdown import comparison_markdown
from tests.firmware_bench.report.reports import report_of


@pytest.mark.parametrize("seed", range(6))
def test_equal_runs_are_equal_whatever_the_machines_mood(seed: int) -> None:
    comparison = compare_runs(report_of(seed), report_of(seed + 100))
    assert comparison.normalised
    assert comparison.changed == ()
    assert {row.verdict for row in comparison.rows} == {"same"}


@pytest.mark.parametrize("seed", range(6))
def test_two_milliseconds_more_in_the_driver_are_found_there_and_nowhere_else(seed: int) -> None:
    comparison = compare_runs(report_of(seed), report_of(seed + 100, slowdown_ms=2.0))
    assert [(row.name, row.verdict) for row in comparison.changed] == [("driver (numpy)", "slower")]
    change = comparison.changed[0]
    assert change.low < change.ratio < change.high
    assert change.ratio == pytest.approx(2.0, rel=0.1)
    assert change.p_value is not None and change.p_value < 0.01
    back = compare_runs(report_of(seed + 100, slowdown_ms=2.0), report_of(seed))
    assert [row.verdict for row in back.changed] == ["faster"]


def test_a_machine_at_half_its_clock_has_changed_nothing() -> None:
    assert compare_runs(report_of(0), report_of(1, speed=0.5)).changed == ()


def test_a_row_that_was_interrupted_has_not_changed_by_that() -> None:
    comparison = compare_runs(report_of(0), report_of(1, interrupted_ms=4.0))
    assert {row.name: row.verdict for row in comparison.rows}["driver (numpy)"] == "interrupted"
    assert comparison.changed == ()


def test_more_work_is_found_through_interruptions() -> None:
    comparison = compare_runs(report_of(0, interrupted_ms=4.0), report_of(1, 4.0, interrupted_ms=4.0))
    assert [(row.name, row.verdict) for row in comparison.changed] == [("driver (numpy)", "slower")]


def test_another_device_is_compared_in_milliseconds() -> None:
    comparison = compare_runs(report_of(0), report_of(1, speed=0.5, device="another"))
    assert not comparison.normalised
    assert {row.verdict for row in comparison.rows} == {"slower"}


def test_three_rounds_are_too_few_to_tell() -> None:
    few = compare_runs(report_of(0, rounds=3), report_of(1, slowdown_ms=2.0, rounds=3))
    assert {row.verdict for row in few.rows} == {"too few rounds"}
    assert few.changed == ()


def test_rows_of_one_run_alone_are_named() -> None:
    whole, part = report_of(0), report_of(1)
    part = type(part)(**{**vars(part), "rows": part.rows[:3]})
    assert compare_runs(whole, part).only_before == ("driver (numpy)",)
    assert compare_runs(part, whole).only_after == ("driver (numpy)",)


def test_runs_without_a_common_row_are_refused() -> None:
    one, other = report_of(0), report_of(1)
    other = type(other)(**{**vars(other), "rows": (), "target": "phone"})
    with pytest.raises(ReportError, match="row in common, got a report of target 'local' and one of 'phone'"):
        compare_runs(one, other)


def test_a_comparison_is_json_and_says_what_changed() -> None:
    comparison = compare_runs(report_of(0), report_of(100, slowdown_ms=2.0))
    assert json.loads(json.dumps(comparison.to_json()))["changed"] == ["driver (numpy)"]
    assert "More than noise: driver (numpy) slower (× " in comparison_markdown(comparison)
    assert "More than noise: nothing." in comparison_markdown(compare_runs(report_of(0), report_of(100)))


def test_a_budget_holds_for_the_driver_and_not_for_one_slowed_down() -> None:
    assert with_budget(report_of(0), 4.0, "driver").within_budget is True
    slowed = with_budget(report_of(0, slowdown_ms=2.0), 4.0, "driver")
    assert slowed.within_budget is False and slowed.budgeted == "driver (numpy)"
    assert with_budget(report_of(0), None, "driver").within_budget is None


def test_a_budget_for_what_was_not_measured_is_refused() -> None:
    report = report_of(0)
    nothing = type(report.main)("network", "litert", "here", 1, note="not installed")
    report = type(report)(**{**vars(report), "main": nothing, "rows": (nothing,)})
    with pytest.raises(
        ReportError, match=r"network \(litert\) to hold against the budget, got none: not installed"
    ):
        with_budget(report, 4.0, "driver")


def test_repeatability_divides_the_machines_mood_out() -> None:
    reports = [report_of(seed, speed=1.0 if seed < 5 else 0.6) for seed in range(10)]
    found = {row.name: row for row in repeatability(reports)}
    assert found["network (numpy)"].milliseconds > 0.3
    assert found["network (numpy)"].over_yardstick < 0.1
    assert halves_differ([1.0, 1.0, 1.2, 1.2]) == pytest.approx(0.2 / 1.1)
    assert np.isclose(halves_differ([1.0] * 10), 0)

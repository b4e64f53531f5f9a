"""The repeatability of `softdeca bench`: many runs of `local`, the first half of them against the second.

    python -m firmware_bench.devices.check_repeatability --runs 10

Each run reports a time for every row, in milliseconds and over the yardstick. The table has the relative difference
between the first half's median over runs and the second's, for both. The milliseconds show how much the machine wandered,
the times over the yardstick how much of that is left.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tyro

from firmware_bench.devices.bench_local import LocalSettings, bench_local
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow


@dataclass(frozen=True)
class RepeatabilityArguments:
    """The runs to measure."""

    runs: int = 10
    seconds: float = 30.0
    """Time of all rounds together, in each run."""
    character: str = "default"
    simulator: bool = True


@dataclass(frozen=True)
class Repeatability:
    """The repeatability of one row. Both numbers are fractions."""

    name: str
    milliseconds: float
    """Relative difference of the two halves' medians of medians."""
    over_yardstick: float


def repeatability(reports: Sequence[BenchReport]) -> list[Repeatability]:
    """Return the difference between the first and the second half of the runs, row by row.

    Args:
        reports: two at least, in the order of the runs.

    Returns:
        One entry for every row that all reports measured.
    """
    assert len(reports) >= 2
    found = []
    for row in reports[0].rows:
        same = [_same(report, row) for report in reports]
        measured = [other for other in same if other is not None and other.p50_ms and other.over_yardstick]
        if len(measured) == len(reports):
            found.append(
                Repeatability(
                    row.name,
                    halves_differ([other.p50_ms or 0.0 for other in measured]),
                    halves_differ([other.over_yardstick or 0.0 for other in measured]),
                )
            )
    return found


def halves_differ(values: Sequence[float]) -> float:
    """Return the relative difference of the medians of the first and of the second half.

    Args:
        values: one a run, in order; an odd one out belongs to the second half.

    Returns:
        |first - second| / median of all values.
    """
    half = len(values) // 2
    first, second = np.median(values[:half]), np.median(values[half:])
    return float(abs(first - second) / np.median(values))


def _same(report: BenchReport, row: BenchRow) -> BenchRow | None:
    return next((other for other in report.rows if other.key == row.key), None)


def main(arguments: RepeatabilityArguments) -> None:
    settings = LocalSettings(arguments.character, 1, arguments.seconds, simulator=arguments.simulator)
    reports = []
    for number in range(arguments.runs):
        reports.append(bench_local(settings))
        print(f"run {number + 1} of {arguments.runs}", file=sys.stderr, flush=True)
    print("| | milliseconds | over the yardstick |\n|---|---|---|")
    for row in repeatability(reports):
        print(f"| {row.name} | {100 * row.milliseconds:.1f} % | {100 * row.over_yardstick:.1f} % |")


if __name__ == "__main__":
    main(tyro.cli(RepeatabilityArguments))

"""The comparison of two runs: whether they differ by more than noise.

Rounds of one run are not paired with rounds of another: between the runs the machine changed. Inside a run they are
paired with the yardstick, which takes the machine's changing speed out. The comparison is of two samples of rounds, each
the ratio of a row's median to the yardstick's. On another device the yardstick would only hide the difference, so
milliseconds are compared, as they are where a run has no yardstick. A row counts as changed where all three hold:

- Mann and Whitney's rank test rejects equality at 1 % after Holm's correction for the number of rows. The test uses
  ranks because rounds have heavy tails; it has no pairing because there is none.
- The ratio of medians is outside 5 %, and outside twice the difference between the first half of either run and its
  second. A rank test with enough rounds sees a percent of drift, which is real and means nothing.
- The bootstrap's 95 % interval of that ratio lies on the same side of one.

On a machine that keeps interrupting a row, the row's median is mostly waiting, and says how busy the machine was. Such a
row has changed only if its processor time has, or if it gives the processor up itself more or less often than before.
Otherwise the verdict is that it was interrupted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import mannwhitneyu

from firmware_bench.measure.bench_error import ReportError
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow

_LEVEL = 0.01
_LEAST_CHANGE = 0.05
_HALVES = 2.0
_LEAST_ROUNDS = 6
_RESAMPLES = 2000
_INTERRUPTED, _WAITS = 0.2, 0.5
"""Interruptions and waits of one call."""


@dataclass(frozen=True)
class RowChange:
    """One row of both runs.

    `ratio` is the second run over the first: of times over the yardstick where they are normalised, else of milliseconds.
    """

    name: str
    before_ms: float
    after_ms: float
    ratio: float
    low: float
    high: float
    """The bootstrap's 95 % interval of the ratio."""
    p_value: float | None
    """After Holm's correction; None for too few rounds."""
    noise: float
    """The smallest relative change that would count."""
    verdict: str
    """slower, faster, same, interrupted, or too few rounds."""


@dataclass(frozen=True)
class Comparison:
    """The rows that two runs have in common, and the names of the others."""

    before: str
    after: str
    normalised: bool
    """Whether times were divided by the yardstick's."""
    rows: tuple[RowChange, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    @property
    def changed(self) -> tuple[RowChange, ...]:
        return tuple(row for row in self.rows if row.verdict in ("slower", "faster"))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON has it.

        Returns:
            The attributes by name, and `changed`, the names of the rows that are slower or faster.
        """
        return asdict(self) | {
            "changed": [row.name for row in self.changed],
            "rows": [asdict(row) for row in self.rows],
        }


def compare_runs(before: BenchReport, after: BenchReport, seed: int = 0) -> Comparison:
    """Return the comparison of two runs.

    Args:
        before: the first report.
        after: the second report.
        seed: for the bootstrap.

    Returns:
        The change of every row that both reports measured.

    Raises:
        ReportError: where the reports have no row in common.
    """
    rows = {row.key: row for row in before.rows if row.p50_ms is not None}
    again = {row.key: row for row in after.rows if row.p50_ms is not None}
    common = [key for key in rows if key in again]
    if not common:
        raise ReportError(
            f"Expected two reports with a row in common, got a report of target '{before.target}' "
            f"and one of '{after.target}' without any. Compare runs of one target."
        )
    normalised = before.main.device == after.main.device and all(
        any(row.round_over_yardstick for row in report.rows) for report in (before, after)
    )
    rng = np.random.default_rng(seed)
    pairs = [(rows[key], again[key]) for key in common]
    samples = [(_rounds(a, normalised), _rounds(b, normalised)) for a, b in pairs]
    p_values = _holm([_rank_test(*sample) for sample in samples])
    changes = [
        _change(*pair, *sample, p, rng) for pair, sample, p in zip(pairs, samples, p_values, strict=True)
    ]
    return Comparison(
        _title(before),
        _title(after),
        normalised,
        tuple(changes),
        tuple(rows[key].name for key in rows if key not in again),
        tuple(again[key].name for key in again if key not in rows),
    )


def _title(report: BenchReport) -> str:
    return f"{report.main.device}, {report.started}"


def _rounds(row: BenchRow, normalised: bool) -> Float[np.ndarray, "rounds"]:
    values = np.array(row.round_over_yardstick if normalised else row.round_ms, float)
    return values[np.isfinite(values)]


def _rank_test(a: np.ndarray, b: np.ndarray) -> float | None:
    if min(len(a), len(b)) < _LEAST_ROUNDS:
        return None
    return float(mannwhitneyu(a, b).pvalue)


def _holm(p_values: list[float | None]) -> list[float | None]:
    """Return each p value times the number of tests not yet passed, never below the one before it."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        corrected[index] = highest
    return corrected


def _change(
    before: BenchRow, after: BenchRow, a: np.ndarray, b: np.ndarray, p_value: float | None, rng
) -> RowChange:
    assert before.p50_ms is not None and after.p50_ms is not None
    noise = max(_LEAST_CHANGE, *(_HALVES * (row.half_difference or 0.0) for row in (before, after)))
    if p_value is None:
        ratio = after.p50_ms / before.p50_ms
        return RowChange(
            before.name, before.p50_ms, after.p50_ms, ratio, ratio, ratio, None, noise, "too few rounds"
        )
    ratio = float(np.median(b) / np.median(a))
    low, high = _interval(a, b, rng)
    verdict = "same"
    if p_value < _LEVEL and low > 1 and ratio > 1 + noise:
        verdict = "slower"
    elif p_value < _LEVEL and high < 1 and ratio < 1 / (1 + noise):
        verdict = "faster"
    if verdict != "same" and not _believable(before, after, ratio > 1):
        verdict = "interrupted"
    return RowChange(before.name, before.p50_ms, after.p50_ms, ratio, low, high, p_value, noise, verdict)


def _believable(before: BenchRow, after: BenchRow, slower: bool) -> bool:
    """Return True where a change is the row's own and not the scheduler's."""
    if max(before.interruptions or 0.0, after.interruptions or 0.0) < _INTERRUPTED:
        return True
    if abs((after.waits or 0.0) - (before.waits or 0.0)) > _WAITS:
        return True
    a, b = (np.array(row.round_cpu_ms)[np.isfinite(row.round_cpu_ms)] for row in (before, after))
    p_value = _rank_test(a, b)
    if p_value is None:
        return False
    ratio = np.median(b) / np.median(a) if slower else np.median(a) / np.median(b)
    return bool(p_value < _LEVEL and ratio > 1 + _LEAST_CHANGE)


def _interval(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of the ratio of medians, by resampling the rounds of each run."""
    resampled = [
        np.median(values[rng.integers(len(values), size=(_RESAMPLES, len(values)))], axis=1)
        for values in (a, b)
    ]
    low, high = np.percentile(resampled[1] / resampled[0], [2.5, 97.5])
    return float(low), float(high)

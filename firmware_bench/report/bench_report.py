"""A report: the measurements of one device, in a form that another run can be compared with.

A report is one JSON object; `docs/bench_report.schema.json` is its schema.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from capture.output_file import written_whole
from firmware_bench.measure.bench_error import ReportError
from firmware_bench.measure.roofline import Roofline
from firmware_bench.report.bench_row import BenchRow

FORMAT, VERSION = "softdeca-bench", 1
FILE_NAME = "bench.json"
_MAIN = ("p50_ms", "p90_ms", "p95_ms", "p99_ms", "runs", "init_ms", "macs", "bytes")


@dataclass(frozen=True)
class BenchReport:
    """The measurements of one device, or of several that one command measured."""

    target: str
    character: str
    """The character as it was named: `default` or a file's name."""
    device: dict[str, Any]
    """`name` and the device's other facts."""
    main: BenchRow
    """The row that the report's own percentiles are of: the per-frame network."""
    rows: tuple[BenchRow, ...]
    started: str
    """ISO 8601, UTC."""
    seconds: float
    rounds: int = 0
    stages_ms: dict[str, float] = field(default_factory=dict)
    """The median of every stage of a driven frame, in the evaluator that `live` chooses."""
    evaluators_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    """The same in each evaluator, by its name; early reports have none."""
    latencies_ms: dict[str, list[float]] = field(default_factory=dict)
    """Percentiles 0 to 100 of single calls, by row name: the distribution."""
    sustained: tuple[dict[str, Any], ...] = ()
    """Medians per half-minute of a long run: `minutes`, `p50_ms` and the device's own facts then."""
    roofline: Roofline | None = None
    budget_ms: float | None = None
    budgeted: str = ""
    """The name of the row that the budget is held against."""
    within_budget: bool | None = None
    projections: tuple[BenchRow, ...] = ()
    """Bounds computed from data sheets of devices that were not measured."""
    problems: tuple[str, ...] = ()
    """Devices and runtimes that could not be measured, and why."""

    def row(self, model: str) -> BenchRow | None:
        """Return the first measured row of a model.

        Args:
            model: as in `BenchRow.model`.

        Returns:
            The row; None where no row of the model was measured.
        """
        return next((row for row in self.rows if row.model == model and row.p50_ms is not None), None)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON has it.

        Returns:
            The object of `docs/bench_report.schema.json`; medians of stages and percentiles have four significant digits.
        """
        main = self.main.to_json()
        return {
            "format": FORMAT,
            "version": VERSION,
            "target": self.target,
            "character": self.character,
            "started": self.started,
            "model": self.main.model,
            "device": self.main.device,
            "threads": self.main.threads,
            "runtime": self.main.runtime,
            **{name: main[name] for name in _MAIN},
            "rows": [row.to_json() for row in self.rows],
            "device_facts": self.device,
            "seconds": self.seconds,
            "rounds": self.rounds,
            "stages_ms": _rounded(self.stages_ms),
            "evaluators_ms": {name: _rounded(stages) for name, stages in self.evaluators_ms.items()},
            "latencies_ms": {
                name: [float(f"{ms:.4g}") for ms in values] for name, values in self.latencies_ms.items()
            },
            "sustained": list(self.sustained),
            "roofline": None if self.roofline is None else self.roofline.to_json(),
            "budget_ms": self.budget_ms,
            "budgeted": self.budgeted,
            "within_budget": self.within_budget,
            "projections": [row.to_json() for row in self.projections],
            "problems": list(self.problems),
        }

    def save(self, path: Path) -> None:
        """Write the report as JSON; the file appears whole or not at all.

        Args:
            path: the file.
        """
        with written_whole(path) as unfinished:
            unfinished.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")


def read_report(path: Path) -> BenchReport:
    """Return the report in a file, or in a folder that --report wrote.

    Args:
        path: the file or the folder.

    Returns:
        The report.

    Raises:
        ReportError: where there is no report.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        return report_from_json(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ReportError(
            f"Expected a report, got '{path}', where there is none. "
            "Make one with 'softdeca bench --report DIR' and give the folder."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError, OSError) as error:
        raise ReportError(
            f"Expected a report of softdeca bench, got '{file}', which is none ({error}). Make it again."
        ) from error


def report_from_json(values: Any) -> BenchReport:
    """Return the report of an object that `BenchReport.to_json` returned.

    Args:
        values: any parsed JSON.

    Returns:
        The report.

    Raises:
        ValueError: for another format or version, or without the main row.
        KeyError: for an object that lacks an entry.
    """
    if (values["format"], values["version"]) != (FORMAT, VERSION):
        raise ValueError(f"Expected {FORMAT} version {VERSION}, got {values['format']} {values['version']}.")
    rows = tuple(BenchRow.from_json(row) for row in values["rows"])
    key = (values["model"], values["runtime"], values["threads"])
    main = [row for row in rows if row.key == key and row.device == values["device"]]
    if not main:
        raise ValueError(f"Expected a row of the report's own model, got none of {key}. Measure again.")
    roofline = values["roofline"]
    return BenchReport(
        target=values["target"],
        character=values["character"],
        device=values["device_facts"],
        main=main[0],
        rows=rows,
        started=values["started"],
        seconds=values["seconds"],
        rounds=values["rounds"],
        stages_ms=values["stages_ms"],
        evaluators_ms=values.get("evaluators_ms", {}),
        latencies_ms=values["latencies_ms"],
        sustained=tuple(values["sustained"]),
        roofline=None if roofline is None else Roofline(**_tuples(roofline)),
        budget_ms=values["budget_ms"],
        budgeted=values["budgeted"],
        within_budget=values["within_budget"],
        projections=tuple(BenchRow.from_json(row) for row in values["projections"]),
        problems=tuple(values["problems"]),
    )


def _rounded(stages_ms: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{ms:.4g}") for name, ms in stages_ms.items()}


def _tuples(roofline: dict[str, Any]) -> dict[str, Any]:
    return roofline | {"read_gb_s": tuple((int(size), float(rate)) for size, rate in roofline["read_gb_s"])}


def with_budget(report: BenchReport, budget_ms: float | None, model: str) -> BenchReport:
    """Return the report held against a budget.

    Args:
        report: has measured times.
        budget_ms: milliseconds; None returns the report as it is.
        model: the row whose p95 is compared; the main one where there is none of this model.

    Returns:
        The report with its verdict. A row without p95 is compared by its median.

    Raises:
        ReportError: where the row was not measured.
    """
    if budget_ms is None:
        return report
    row = report.row(model) or report.main
    measured = row.p95_ms if row.p95_ms is not None else row.p50_ms
    if measured is None:
        raise ReportError(
            f"Expected a measured time of {row.name} to hold against the budget, got none: "
            f"{row.note or 'it did not run'}. Measure it first."
        )
    return replace(report, budget_ms=budget_ms, budgeted=row.name, within_budget=measured <= budget_ms)

"""A report as Markdown, to read in a terminal or to paste into a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow
from firmware_bench.report.compare_runs import Comparison

ROW_TITLES = (
    "",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "cold ms",
    "processor ms",
    "interrupted",
    "first ms",
    "memory MB",
    "× blendshapes",
    "× roofline",
)


def report_markdown(report: BenchReport) -> str:
    """Return a report as Markdown.

    Args:
        report: of any target.

    Returns:
        The text, with a line feed at its end.
    """
    facts = report.device
    lines = [
        f"# {report.character} on {report.main.device}",
        "",
        f"Target {report.target}, {report.started}, {report.seconds:g} s in {report.rounds} rounds.",
        *(f"{name}: {value}" for name, value in facts.items() if name != "name" and value is not None),
        "",
        markdown_table(ROW_TITLES, (row_cells(row) for row in report.rows if row.p50_ms is not None)),
    ]
    if report.stages_ms:
        lines += ["", "## Stages of a driven frame", "", _stage_table(report)]
    if report.sustained:
        cells = ((f"{point['minutes']:g}", significant(point["p50_ms"])) for point in report.sustained)
        lines += ["", "## Sustained", "", markdown_table(("minute", "median ms"), cells)]
    if report.projections:
        cells = ((row.device, significant(row.bound_ms), row.note) for row in report.projections)
        titles = ("device", "bound ms", "how")
        lines += ["", "## Computed, not measured", "", markdown_table(titles, cells)]
    lines += [""] + [f"Not measured: {problem}" for problem in report.problems]
    return "\n".join([*lines, *budget_lines(report)]).rstrip() + "\n"


def _stage_table(report: BenchReport) -> str:
    columns = report.evaluators_ms or {"median": report.stages_ms}
    cells = (
        (name, *(significant(column.get(name)) for column in columns.values())) for name in report.stages_ms
    )
    return markdown_table(("stage", *(f"{name} ms" for name in columns)), cells)


def comparison_markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown.

    Args:
        comparison: of two runs.

    Returns:
        The text, with a line feed at its end.
    """
    how = "over the yardstick" if comparison.normalised else "in milliseconds"
    cells = (
        (
            row.name,
            significant(row.before_ms),
            significant(row.after_ms),
            f"{row.ratio:.3f} ({row.low:.3f} to {row.high:.3f})",
            "" if row.p_value is None else f"{row.p_value:.2g}",
            row.verdict,
        )
        for row in comparison.rows
    )
    titles = ("", "before ms", "after ms", "ratio (95 %)", "p", "verdict")
    lines = [
        f"Before: {comparison.before}",
        f"After: {comparison.after}",
        f"Ratios are {how}.",
        "",
        markdown_table(titles, cells),
        "",
    ]
    lines += [f"Only before: {name}" for name in comparison.only_before]
    lines += [f"Only after: {name}" for name in comparison.only_after]
    changed = ", ".join(f"{row.name} {row.verdict} (× {row.ratio:.2f})" for row in comparison.changed)
    return "\n".join([*lines, f"More than noise: {changed or 'nothing'}."]) + "\n"


def budget_lines(report: BenchReport) -> list[str]:
    """Return the verdict on a report's budget.

    Args:
        report: of any target.

    Returns:
        One line; none for a report without a budget.
    """
    if report.budget_ms is None:
        return []
    verdict = "within" if report.within_budget else "over"
    return [f"Budget: {report.budgeted} is {verdict} {report.budget_ms:g} ms (p95)."]


def row_cells(row: BenchRow) -> tuple[str, ...]:
    """Return the cells of a row, in the order of `ROW_TITLES`.

    Args:
        row: a measured one.

    Returns:
        Eleven texts: milliseconds, memory in MB (2^20 bytes), and ratios; interruptions are times a call.
    """
    memory = "" if row.memory_bytes is None else f"{row.memory_bytes / 2**20:.0f}"
    values = (row.p50_ms, row.p95_ms, row.p99_ms, row.cold_ms, row.cpu_ms, row.interruptions, row.init_ms)
    ratios = (row.over_blendshapes, row.over_bound)
    return (row.name, *map(significant, values), memory, *map(significant, ratios))


def significant(value: float | None) -> str:
    """Return a number with three significant digits, or whole from 1000 on.

    Args:
        value: None for one that was not measured.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def markdown_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown.

    Args:
        titles: one a column.
        rows: as many cells each as there are titles.

    Returns:
        The lines, without a line feed at their end.
    """
    head = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in rows])

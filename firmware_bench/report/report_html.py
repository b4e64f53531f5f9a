"""A report as one HTML file with its plots inside: nothing else to load, readable on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow
from firmware_bench.report.compare_runs import Comparison
from firmware_bench.report.report_markdown import ROW_TITLES, budget_lines, row_cells, significant
from firmware_bench.report.svg_plots import Bar, Line, bars, intervals, lines

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; } .note { opacity: .75; } .over { color: #b23a48; font-weight: 600; }
"""
_CURVES = 8


def report_html(report: BenchReport) -> str:
    """Return a report as one HTML page.

    Args:
        report: of any target.

    Returns:
        The whole page; sections without content are left out.
    """
    measured = [row for row in report.rows if row.p50_ms is not None]
    parts = [
        f"<h1>{escape(report.character)} on {escape(report.main.device)}</h1>",
        _paragraph(
            f"Target {report.target}, {report.started}, {report.seconds:g} s in {report.rounds} rounds."
        ),
        *(_paragraph(line, "" if report.within_budget else "over") for line in budget_lines(report)),
        _section(
            "Median and 95 % of single calls",
            _row_bars(measured),
            _html_table(ROW_TITLES, map(row_cells, measured)),
        ),
        _section("Where a driven frame's time goes", _stage_bars(report)),
        _section("Distribution of single calls", _distribution(report)),
        _section("Sustained", _sustained(report)),
        _section("Computed from data sheets, not measured", _projected(report.projections)),
        _section("This device", _html_table(("", ""), _facts(report))),
        _section("Not measured", "".join(map(_paragraph, report.problems))),
    ]
    return _page(f"softdeca bench: {report.main.device}", parts)


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison as one HTML page.

    Args:
        comparison: of two runs.

    Returns:
        The whole page.
    """
    how = "over the yardstick" if comparison.normalised else "in milliseconds"
    dots = intervals([(row.name, row.low, row.ratio, row.high) for row in comparison.rows])
    cells = (
        (row.name, significant(row.before_ms), significant(row.after_ms), f"{row.ratio:.3f}", row.verdict)
        for row in comparison.rows
    )
    parts = [
        "<h1>Two runs</h1>",
        _paragraph(f"Before: {comparison.before}"),
        _paragraph(f"After: {comparison.after}"),
        _section(f"Ratio {how}, with its 95 % interval", dots),
        _html_table(("", "before ms", "after ms", "ratio", "verdict"), cells),
    ]
    return _page("softdeca bench compare", parts)


def _row_bars(rows: Sequence[BenchRow]) -> str:
    several = len({row.device for row in rows}) > 1
    items = [
        Bar(
            f"{row.device}: {row.name}" if several else row.name,
            row.p50_ms or 0.0,
            row.p95_ms,
            f"{significant(row.p50_ms)} ms",
        )
        for row in rows
        if row.p50_ms
    ]
    return bars(items, "ms", logarithmic=True)


def _stage_bars(report: BenchReport) -> str:
    items = [Bar(name, ms, text=f"{significant(ms)} ms") for name, ms in report.stages_ms.items()]
    return bars(items, "ms")


def _distribution(report: BenchReport) -> str:
    curves = [
        Line(name, tuple((ms, float(percent)) for percent, ms in enumerate(values) if percent < 100))
        for name, values in report.latencies_ms.items()
        if len(values) == 101 and values[0] > 0
    ]
    return lines(curves[:_CURVES], "ms", "% of calls", logarithmic_x=True)


def _sustained(report: BenchReport) -> str:
    points = tuple((float(point["minutes"]), float(point["p50_ms"])) for point in report.sustained)
    return lines([Line("median of each half-minute", points)], "minutes", "ms") if points else ""


def _projected(rows: Sequence[BenchRow]) -> str:
    items = [
        Bar(row.device, row.bound_ms or 0.0, text=f"≥ {significant(row.bound_ms)} ms", faint=True)
        for row in rows
    ]
    return bars(items, "ms") + "".join(_paragraph(f"{row.device}: {row.note}", "note") for row in rows)


def _facts(report: BenchReport) -> Iterable[tuple[str, str]]:
    yield from ((name, str(value)) for name, value in report.device.items() if value is not None)
    if report.roofline is not None:
        yield "peak, one thread", f"{significant(report.roofline.peak_gflops)} GFLOP/s"
        yield "memory (triad)", f"{significant(report.roofline.triad_gb_s)} GB/s"
        for size, rate in report.roofline.read_gb_s:
            yield f"reading {size / 2**20:.1f} MB again and again", f"{significant(rate)} GB/s"


def _section(title: str, *content: str) -> str:
    inside = "".join(content)
    return f"<h2>{escape(title)}</h2>{inside}" if inside else ""


def _paragraph(text: str, css: str = "") -> str:
    return f'<p class="{css}">{escape(text)}</p>' if css else f"<p>{escape(text)}</p>"


def _html_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if body else ""


def _page(title: str, parts: list[str]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )

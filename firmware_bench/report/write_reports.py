"""Reports on disk: JSON for programs, Markdown and one HTML page for people."""

from __future__ import annotations

import json
from pathlib import Path

from capture.output_file import written_whole
from firmware_bench.measure.bench_error import ReportError
from firmware_bench.report.bench_report import FILE_NAME, BenchReport
from firmware_bench.report.compare_runs import Comparison
from firmware_bench.report.report_html import comparison_html, report_html
from firmware_bench.report.report_markdown import comparison_markdown, report_markdown


def check_report_folder(folder: Path) -> None:
    """Make the folder of a report before anything is measured.

    Args:
        folder: need not exist, nor need the folders above it.

    Raises:
        ReportError: where there is a file of its name.
    """
    if folder.exists() and not folder.is_dir():
        raise ReportError(f"Expected a folder for the report, got the file '{folder}'. Name another.")
    folder.mkdir(parents=True, exist_ok=True)


def write_reports(report: BenchReport, folder: Path) -> None:
    """Write bench.json, bench.md and bench.html.

    Args:
        report: of any target.
        folder: exists.
    """
    report.save(folder / FILE_NAME)
    _write(folder / "bench.md", report_markdown(report))
    _write(folder / "bench.html", report_html(report))


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write compare.json, compare.md and compare.html.

    Args:
        comparison: of two runs.
        folder: exists.
    """
    _write(folder / "compare.json", json.dumps(comparison.to_json(), indent=1) + "\n")
    _write(folder / "compare.md", comparison_markdown(comparison))
    _write(folder / "compare.html", comparison_html(comparison))


def _write(path: Path, text: str) -> None:
    with written_whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")

"""`softdeca bench`: latency, here and on other devices."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from capture.config_dir import user_config_dir
from softdeca.commands.terminal import say, show_progress
from softdeca.commands.usage_error import UsageError


@dataclass(frozen=True)
class Bench:
    """Measure latency: here, in any browser, on handsets. `bench compare A B` shows whether two reports differ."""

    what: Annotated[
        tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[CHARACTER | compare A B]")
    ] = ()
    """A character (default: the one that ships), or compare and two reports."""
    target: Literal["local", "browser", "phone", "android", "ios", "arm64-emulated"] = "local"
    """browser is a headless Chromium here, phone any handset that opens the page behind the code, android
    any device that adb lists. arm64-emulated counts instructions and checks results; it measures no time."""
    threads: int = 1
    """Number of threads to measure with, besides one."""
    seconds: float | None = None
    """Seconds of timing (30; in a browser 10). 600 in a browser show how a device slows down as it gets warm."""
    report: Path | None = None
    """The folder to write bench.json, bench.md and bench.html into."""
    budget: str | None = None
    """A time, as in 10ms: exit status 1 where a frame takes longer in its 95th percentile."""
    simulator: bool = True
    """Measure one solve of the physics too."""
    exported: Path | None = None
    """A folder with exported models (.tflite, .onnx, .mlpackage); without it they are exported where that is installed."""
    port: int = 8443
    """Port of the page for phones."""
    benchmark_model: Path | None = None
    """For android: LiteRT's official benchmark_model, built for it."""
    imported: tyro.conf.UseAppendAction[tuple[Path, ...]] = ()
    """For android: JSON that litert-benchmark --result_json wrote on a device. Repeatable."""
    team: str = ""
    """For ios: the developer team that signs Apple's model runner."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Measure, or compare two reports, and show the result.

        Returns:
            The report, or the comparison, as values for JSON.

        Raises:
            UsageError: for any but one character, or `compare` and two reports.
        """
        if self.what and self.what[0] == "compare":
            return self._compare()
        if len(self.what) > 1:
            raise UsageError(
                f"Expected one character, or compare A B, got '{' '.join(self.what)}'. Name one."
            )
        from firmware_bench.report.report_markdown import report_markdown
        from firmware_bench.run_bench import BenchSettings, run_bench

        given = {
            item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("what", "json")
        }
        settings = BenchSettings(user_config_dir(), self.what[0] if self.what else "default", **given)
        report = run_bench(settings, say, show_progress("rounds"))
        say(report_markdown(report))
        return report.to_json()

    def _compare(self) -> dict[str, Any]:
        if len(self.what) != 3:
            raise UsageError(
                f"Expected two reports, got {len(self.what) - 1}. Name them as in bench compare A B."
            )
        from firmware_bench.report.bench_report import read_report
        from firmware_bench.report.compare_runs import compare_runs
        from firmware_bench.report.report_markdown import comparison_markdown
        from firmware_bench.report.write_reports import check_report_folder, write_comparison

        comparison = compare_runs(read_report(Path(self.what[1])), read_report(Path(self.what[2])))
        if self.report is not None:
            check_report_folder(self.report)
            write_comparison(comparison, self.report)
        say(comparison_markdown(comparison))
        return comparison.to_json()

"""`softdeca bench`: one target's measurement, its report, and the budget that the report is held against."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firmware_bench.measure.bench_error import BenchError, BudgetError
from firmware_bench.report.bench_report import BenchReport, with_budget
from firmware_bench.report.write_reports import check_report_folder, write_reports

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s)")
_IN_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}

Target = Literal["local", "browser", "phone", "android", "ios", "arm64-emulated"]
Say = Callable[[str], None]
Progress = Callable[[int, int], None]

_BUDGETED = {"local": "driver", "browser": "chain", "phone": "chain"}
"""The row that a budget is held against: a whole frame where that is measured, else the network."""


@dataclass(frozen=True)
class BenchSettings:
    """The values of the command line; some paths and ports serve single targets only."""

    config_dir: Path
    character: str = "default"
    target: Target = "local"
    threads: int = 1
    seconds: float | None = None
    report: Path | None = None
    budget: str | None = None
    simulator: bool = True
    exported: Path | None = None
    port: int = 8443
    benchmark_model: Path | None = None
    imported: tuple[Path, ...] = ()
    team: str = ""


def run_bench(
    settings: BenchSettings,
    say: Say = lambda line: None,
    progress: Progress = lambda done, total: None,
) -> BenchReport:
    """Return the report of one target, and write it where the settings name a folder.

    Args:
        settings: the target, the character and the length of the measurement.
        say: receives a line for people at every step.
        progress: receives (rounds done, rounds in all); the target `local` alone calls it.

    Returns:
        The report, held against the budget where there is one.

    Raises:
        BenchError: for settings out of range, and for a measurement that cannot be made.
        CharacterError: for a character that cannot be loaded.
        PortInUseError: where the target `phone` cannot have its port.
    """
    budget_ms = None if settings.budget is None else parse_budget(settings.budget)
    if settings.threads < 1 or (settings.seconds is not None and settings.seconds <= 0):
        raise BenchError(
            "Expected at least 1 for --threads and more than 0 for --seconds, "
            f"got {settings.threads} and {settings.seconds}. Raise them."
        )
    if settings.report is not None:
        check_report_folder(settings.report)
    report = _measured(settings, say, progress)
    report = with_budget(report, budget_ms, _BUDGETED.get(settings.target, "network"))
    if settings.report is not None:
        write_reports(report, settings.report)
    return report


def _measured(settings: BenchSettings, say: Say, progress: Progress) -> BenchReport:
    if settings.target in ("browser", "phone"):
        return _on_page(settings, say)
    if settings.target == "android":
        return _on_android(settings, say)
    if settings.target == "ios":
        from firmware_bench.devices.bench_ios import IosSettings, bench_ios

        return bench_ios(IosSettings(settings.character, settings.exported, settings.team), say)
    if settings.target == "arm64-emulated":
        from firmware_bench.devices.bench_arm64 import bench_arm64

        return bench_arm64(settings.character, say)
    from firmware_bench.devices.bench_local import LocalSettings, bench_local

    local = LocalSettings(
        settings.character,
        settings.threads,
        settings.seconds or 30.0,
        simulator=settings.simulator,
        exported=settings.exported,
    )
    return bench_local(local, say, progress)


def _on_page(settings: BenchSettings, say: Say) -> BenchReport:
    from firmware_bench.devices.bench_page import SECONDS, PageSettings, bench_browser, bench_phone

    page = PageSettings(
        settings.config_dir,
        settings.character,
        settings.seconds or SECONDS,
        settings.port,
        exported=settings.exported,
    )
    return (bench_browser if settings.target == "browser" else bench_phone)(page, say)


def _on_android(settings: BenchSettings, say: Say) -> BenchReport:
    from firmware_bench.devices.bench_android import SECONDS, AndroidSettings, bench_android

    android = AndroidSettings(
        settings.character,
        settings.threads,
        settings.seconds or SECONDS,
        settings.benchmark_model,
        settings.exported,
        settings.imported,
    )
    return bench_android(android, say)


def parse_budget(text: str) -> float:
    """Return the budget in a text.

    Args:
        text: a number and its unit, as in "10ms", "800us" or "0.01s".

    Returns:
        Milliseconds.

    Raises:
        BudgetError: for anything but a positive time with its unit.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None or not float(found[1]) > 0:
        raise BudgetError(f"Expected a budget with its unit, got '{text}'. Write it as in 10ms or 800us.")
    return float(found[1]) * _IN_MS[found[2]]

"""The report of a page's result. The result comes from outside, so everything in it is checked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from firmware_bench.measure.bench_error import BrowserError
from firmware_bench.measure.timed_rounds import Subject, SubjectTimes
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow
from firmware_bench.report.device_profiles import projections
from firmware_bench.report.rows_from_times import rows_from_times

_AGREEMENT_MM = 1e-3
_MAIN = "network", "javascript"
_BROWSERS = (
    ("EdgA?", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
)
_LONGEST_TEXT = 300


def report_from_page(result: Any, target: str, character: str, seconds: float, started: str) -> BenchReport:
    """Return the report of a result that the page sent.

    Args:
        result: parsed JSON, unchecked.
        target: `browser` or `phone`.
        character: `default` or a file's name.
        seconds: of the measurement.
        started: ISO 8601, UTC.

    Returns:
        The report. Its main row is the network in JavaScript.

    Raises:
        BrowserError: for anything but a result of the page, or where the browser's vertices are more than 0.001 mm from
            NumPy's.
    """
    try:
        return _report(result, target, character, seconds, started)
    except (KeyError, TypeError, ValueError, AttributeError, AssertionError) as error:
        raise BrowserError(
            f"Expected a result of the bench's page, got something else ({type(error).__name__}: {error}). "
            "Reload the page, so that both ends are of the same version."
        ) from error


def _report(result: Any, target: str, character: str, seconds: float, started: str) -> BenchReport:
    facts = _facts(result)
    error_mm = float(result["max_error_mm"])
    if not error_mm <= _AGREEMENT_MM:
        raise BrowserError(
            f"Expected the browser's vertices within {_AGREEMENT_MM} mm of NumPy's, got {error_mm:g} mm. "
            "Its times are of no use: report this browser."
        )
    subjects = [_subject(row) for row in result["rows"]]
    times = [_times(row) for row in result["rows"]]
    rows = rows_from_times(subjects, times, facts["name"], None)
    rows = [_completed(row, sent) for row, sent in zip(rows, result["rows"], strict=True)]
    absent = [
        BenchRow(_text(row["model"]), _text(row["runtime"]), facts["name"], 1, note=_text(row["note"]))
        for row in result["absent"]
    ]
    main = next((row for row in rows if (row.model, row.runtime) == _MAIN), None)
    assert main is not None, "no network among the rows"
    problems = [f"{row.name}: {row.note}" for row in absent]
    if result["was_hidden"] is not False:
        problems.append("the page was not in front all the time: browsers slow such pages down")
    return BenchReport(
        target=target,
        character=character,
        device=facts | {"max_error_mm": error_mm},
        main=main,
        rows=(*rows, *absent),
        started=started,
        seconds=seconds,
        rounds=max(len(measured.rounds) for measured in times),
        latencies_ms={
            row.name: list(np.percentile(measured.calls, np.arange(101)))
            for row, measured in zip(rows, times, strict=True)
        },
        sustained=tuple(_point(point, main.name) for point in result["curve"]),
        projections=projections(main),
        problems=tuple(problems),
    )


def _facts(result: Any) -> dict[str, Any]:
    device = {str(name)[:40]: _plain(value) for name, value in result["device"].items()}
    agent = str(device.get("user_agent") or "")
    where = str(device.get("model") or _named_in(agent) or device.get("platform") or "a device")
    step_ms = float(result["clock_step_ms"])
    assert 0 < step_ms < 1000, f"a clock step of {step_ms} ms"
    return {
        "name": f"{where}, {browser_name(agent)}",
        **device,
        "clock_step_ms": step_ms,
        "battery_before": _battery(result["battery"]["before"]),
        "battery_after": _battery(result["battery"]["after"]),
    }


def browser_name(agent: str) -> str:
    """Return a browser's name and version.

    Args:
        agent: the browser's User-Agent.

    Returns:
        The name and the main version, for Safari also the minor one; "an unknown browser" for all others.
    """
    for pattern, name in _BROWSERS:
        if found := re.search(rf"{pattern}/(\d+)", agent):
            return f"{name} {found[1]}"
    if found := re.search(r"Version/(\d+(?:\.\d+)?).*Safari", agent):
        return f"Safari {found[1]}"
    return "an unknown browser"


def _named_in(agent: str) -> str | None:
    """Return iPhone or iPad, or the model that older Android browsers put before the build, else None."""
    if found := re.search(r"\((iPhone|iPad)", agent):
        return found[1]
    found = re.search(r"Android [^;)]*; ([^;)]{2,40}?)(?: Build|\))", agent)
    return found[1] if found and found[1] != "K" else None


def _subject(row: Any) -> Subject:
    macs, read = row.get("macs"), row.get("bytes")
    assert all(value is None or 0 <= int(value) < 2**40 for value in (macs, read))
    return Subject(_text(row["model"]), _text(row["runtime"]), lambda: None, 1, macs, read)


def _times(row: Any) -> SubjectTimes:
    """Return the times of a row: milliseconds a call, one value a batch."""
    rounds = tuple(np.array(batches, float) for batches in row["rounds"])
    assert rounds and all(one.ndim == 1 and one.size for one in rounds), "rounds without batches"
    calls = np.concatenate(rounds)
    assert np.isfinite(calls).all() and (calls >= 0).all(), "times that are none"
    return SubjectTimes(rounds, np.array([one[0] for one in rounds]))


def _completed(row: BenchRow, sent: Any) -> BenchRow:
    """Return the row with the facts of its batches.

    A batch's mean hides single calls, so there is no cold one; `runs` counts calls.
    """
    calls, init_ms = int(sent["calls"]), sent.get("init_ms")
    note = f"percentiles of means of {calls} calls" if calls > 1 else ""
    init_ms = None if init_ms is None else float(init_ms)
    return replace(row, cold_ms=None, runs=row.runs * calls, init_ms=init_ms, note=note)


def _point(point: Any, main: str) -> dict[str, Any]:
    rows = {_text(name): float(value) for name, value in point["rows"].items()}
    return {
        "minutes": float(point["minutes"]),
        "p50_ms": rows[main],
        "rows": rows,
        "battery": _battery(point["battery"]),
    }


def _battery(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"level": float(value["level"]), "charging": bool(value["charging"])}


def _text(value: Any) -> str:
    assert isinstance(value, str), f"text, not {value!r}"
    return value[:_LONGEST_TEXT]


def _plain(value: Any) -> str | float | int | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_LONGEST_TEXT]

"""`softdeca bench --target android`: official tools on every attached device at once, and imported results.

A device that goes away or answers nonsense is a problem in the report; the others' results stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_bench.devices.adb import Adb, AttachedDevice
from firmware_bench.devices.android_facts import android_facts, android_state
from firmware_bench.devices.benchmark_model_output import parse_benchmark_model, read_litert_benchmark
from firmware_bench.measure.bench_error import BenchError, DeviceError, ToolError
from firmware_bench.measure.exported_network import ExportedNetworks
from firmware_bench.measure.frame_network import network_of
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow

SECONDS = 10.0
_REMOTE = "/data/local/tmp/softdeca-bench"
_LEAST_RUNS = 200
_MORE_S = 60.0


@dataclass(frozen=True)
class AndroidSettings:
    """The settings of the target `android`; `seconds` is the least time of one device's measurement."""

    character: str = "default"
    threads: int = 1
    seconds: float = SECONDS
    benchmark_model: Path | None = None
    exported: Path | None = None
    imported: tuple[Path, ...] = ()
    adb: str = "adb"


@dataclass(frozen=True)
class _Job:
    """The work of each device."""

    tool: Path
    model: Path
    settings: AndroidSettings
    macs: int
    bytes: int


def bench_android(settings: AndroidSettings, say: Callable[[str], None] = lambda line: None) -> BenchReport:
    """Return the report of every attached device, all measured at once, and of imported results.

    Args:
        settings: with imported results and without benchmark_model, no device is measured.
        say: receives a line for people at every step.

    Returns:
        The report. Its main row is the first imported result, else the first device's; a device that fails is
        among its problems.

    Raises:
        ToolError: without adb or benchmark_model.
        DeviceError: where no device gave a result.
        ReportError: for an imported file that litert-benchmark did not write.
        BenchError: for a character without networks, or without a model that is or can be exported.
        CharacterError: for a character that cannot be loaded.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    network = network_of(settings.character)
    rows = [read_litert_benchmark(path, network.macs, network.bytes) for path in settings.imported]
    facts: list[dict[str, Any]] = []
    problems: list[str] = []
    if settings.benchmark_model is not None or not rows:
        tool = _checked_tool(settings.benchmark_model)
        adb = Adb(settings.adb)
        devices = adb.devices()
        with tempfile.TemporaryDirectory(prefix="softdeca-bench-") as folder:
            model = ExportedNetworks(settings.character, settings.exported, Path(folder)).path("litert")
            job = _Job(tool, model, settings, network.macs, network.bytes)
            say(f"measuring on {', '.join(device.model for device in devices)}")
            for device, result in zip(devices, _all(adb, devices, job), strict=True):
                if isinstance(result, BenchError):
                    problems.append(f"{device.model} ({device.serial}): {result}")
                else:
                    rows.append(result[0])
                    facts.append(result[1])
    if not rows:
        raise DeviceError(
            f"Expected a result from at least one device, got none. {' '.join(problems)}".rstrip()
        )
    first = facts[0] if facts else {"name": rows[0].device}
    return BenchReport(
        target="android",
        character=settings.character,
        device=first if len(facts) < 2 else {"name": rows[0].device, "devices": facts},
        main=rows[0],
        rows=tuple(rows),
        started=started,
        seconds=settings.seconds,
        problems=tuple(problems),
    )


def _checked_tool(path: Path | None) -> Path:
    if path is None or not path.is_file():
        got = "no --benchmark-model" if path is None else f"'{path}', which is no file"
        raise ToolError(
            f"Expected LiteRT's benchmark_model for Android, got {got}. Download android_aarch64_benchmark_model "
            "from LiteRT's releases and name it, or give results of litert-benchmark with --imported."
        )
    return path


def _all(adb: Adb, devices: list[AttachedDevice], job: _Job) -> list[tuple[BenchRow, dict] | BenchError]:
    def measure(device: AttachedDevice) -> tuple[BenchRow, dict] | BenchError:
        try:
            return _measure(adb, device, job)
        except BenchError as error:
            return error

    with ThreadPoolExecutor(len(devices)) as pool:
        return list(pool.map(measure, devices))


def _measure(adb: Adb, device: AttachedDevice, job: _Job) -> tuple[BenchRow, dict[str, Any]]:
    if device.trouble:
        raise DeviceError(
            f"Expected a device that can be measured, got one that {device.trouble}. Then measure again."
        )
    facts = android_facts(adb, device.serial)
    adb.shell(device.serial, f"mkdir -p {_REMOTE}")
    adb.push(device.serial, job.tool, f"{_REMOTE}/benchmark_model")
    adb.push(device.serial, job.model, f"{_REMOTE}/network.tflite")
    adb.shell(device.serial, f"chmod 755 {_REMOTE}/benchmark_model")
    settings = job.settings
    said = adb.shell(device.serial, _command(settings), settings.seconds + _MORE_S)
    after = android_state(adb, device.serial)
    adb.shell(device.serial, f"rm -r {_REMOTE}")
    row = parse_benchmark_model(said, str(facts["name"]), settings.threads, job.macs, job.bytes)
    throttled = after["throttling"] not in (None, "none")
    if throttled:
        row = replace(row, note="; ".join(filter(None, (row.note, f"throttled: {after['throttling']}"))))
    return row, facts | {"after": after}


def _command(settings: AndroidSettings) -> str:
    return (
        f"{_REMOTE}/benchmark_model --graph={_REMOTE}/network.tflite --signature_to_run_for=run "
        f"--num_threads={settings.threads} --warmup_runs=50 --num_runs={_LEAST_RUNS} "
        f"--min_secs={settings.seconds:g} --max_secs={settings.seconds + _MORE_S / 2:g}"
    )

"""Rows from the output of LiteRT's official benchmark_model, and from the JSON that litert-benchmark writes.

    count=1000 first=212 curr=198 min=190 max=402 avg=201.5 std=9 p5=193 median=199 p95=214        (microseconds)
    Inference timings in us: Init: 1234, First inference: 567, Warmup (avg): 210.4, Inference (avg): 201.5
    Memory footprint delta from the start of the tool (MB): init=1.5 overall=14.2

The line of the warm-up looks the same as the first one above: the last such line counts. Older builds print no percentiles.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from firmware_bench.measure.bench_error import ReportError, ToolError
from firmware_bench.report.bench_row import BenchRow

_NUMBER = r"([0-9.]+(?:e[+-]?\d+)?)"
_COUNT = re.compile(r"count=(\d+)\b(.*)")
_INIT = re.compile(rf"Inference timings in us: Init: {_NUMBER}, First inference: {_NUMBER},")
_AVERAGE = re.compile(rf"Inference \(avg\): {_NUMBER}")
_MEMORY = re.compile(
    rf"Memory footprint delta from the start of the tool \(MB\): init={_NUMBER} overall={_NUMBER}"
)
_NO_PERCENTILES = "the tool printed no median: this is the mean"


def parse_benchmark_model(
    text: str, device: str, threads: int, macs: int | None, read_bytes: int | None
) -> BenchRow:
    """Return the row of the network from benchmark_model's output.

    Args:
        text: the output.
        device: its name.
        threads: that the tool used.
        macs: multiply-adds of a frame; None where they are unknown.
        read_bytes: bytes that a frame reads and writes; None where they are unknown.

    Returns:
        The row, in milliseconds. `init_ms` is the initialisation and the first inference together, `memory_bytes` the
        tool's overall growth. The mean stands for a median that the tool did not print, and the row's note says so.

    Raises:
        ToolError: where the output has no timings.
    """
    counts, init, average = _COUNT.findall(text), _INIT.search(text), _AVERAGE.search(text)
    if not counts or init is None or average is None:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        raise ToolError(
            f"Expected timings from benchmark_model on {device}, got '{lines[-1][:160] if lines else 'nothing'}'. "
            "Give --benchmark-model the build for this device (android_aarch64) and a .tflite that it reads."
        )
    runs, rest = counts[-1]
    spread = dict(re.findall(rf"(\w+)={_NUMBER}", rest))
    memory = _MEMORY.search(text)
    median_us = spread.get("median", average[1])
    return BenchRow(
        "network",
        "litert",
        device,
        threads,
        p50_ms=float(median_us) / 1e3,
        p95_ms=float(spread["p95"]) / 1e3 if "p95" in spread else None,
        runs=int(runs),
        init_ms=(float(init[1]) + float(init[2])) / 1e3,
        memory_bytes=None if memory is None else int(float(memory[2]) * 2**20),
        macs=macs,
        bytes=read_bytes,
        note="" if "median" in spread else _NO_PERCENTILES,
    )


def read_litert_benchmark(path: Path, macs: int | None, read_bytes: int | None) -> BenchRow:
    """Return the row of one file that `litert-benchmark --result_json` wrote.

    Args:
        path: a JSON file that is named after the device.
        macs: multiply-adds of a frame; None where they are unknown.
        read_bytes: bytes that a frame reads and writes; None where they are unknown.

    Returns:
        The row, in milliseconds with two decimals. `init_ms` is the initialisation and the first warm-up together.

    Raises:
        ReportError: for a file that is missing, or that litert-benchmark did not write.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        latency = values["latency"]
        return BenchRow(
            "network",
            "litert",
            path.stem,
            max(1, int(values["num_threads"])),
            p50_ms=float(latency["median_ms"]),
            p95_ms=float(latency["p95_ms"]),
            runs=int(latency["num_runs"]),
            init_ms=float(latency["init_ms"]) + float(latency["warmup_first_ms"]),
            macs=macs,
            bytes=read_bytes,
            note=f"imported from {path.name}, on {', '.join(values['accelerators'])}; times have two decimals",
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(
            f"Expected JSON that 'litert-benchmark --result_json' wrote, got '{path}' ({error}). "
            "Run it on the device and name its file after the device."
        ) from error

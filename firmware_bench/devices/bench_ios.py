"""`softdeca bench --target ios`: Core ML's own benchmarker on an iPhone that is plugged into a Mac.

The module was written after coremltools 9's source; no Mac and no iPhone were at hand to try it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from capture.extras import install_command
from firmware_bench.measure.bench_error import DeviceError, ToolError
from firmware_bench.measure.exported_network import ONCE
from firmware_bench.measure.frame_network import network_of
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow, percentiles_ms

STEPS = """On a Mac with Xcode 16 or later, an Apple developer team and an iPhone (iOS 17.4 or later):
  1. On the iPhone: Settings, Privacy & Security, Developer Mode on; restart; plug it in; trust this Mac.
  2. xcrun devicectl list devices                                # the iPhone is "connected"
  3. pip install 'softdeca[export]'
  4. softdeca export CHARACTER --format coreml --out models/network.mlpackage
  5. softdeca bench CHARACTER --target ios --exported models --team TEAM --report iphone
TEAM is the ten characters of your developer team (developer.apple.com, Membership). The first run builds Apple's model
runner and asks on the iPhone whether it may start."""
_ITERATIONS = 500
_EXPERIMENTAL = "coremltools.models.ml_program.experimental"


@dataclass(frozen=True)
class IosSettings:
    """The settings of the target `ios`: a folder with one .mlpackage, and an Apple developer team."""

    character: str = "default"
    exported: Path | None = None
    team: str = ""
    iterations: int = _ITERATIONS


def bench_ios(
    settings: IosSettings, say: Callable[[str], None] = lambda line: None, platform: str = sys.platform
) -> BenchReport:
    """Return the report of the first connected iPhone.

    Args:
        settings: the exported model, the developer team and the number of predictions.
        say: receives the steps to follow where this machine is no Mac.
        platform: named as in `sys.platform`.

    Returns:
        The report of one row, in milliseconds; `init_ms` is the time to load the model. Core ML chooses the processor,
        and its times exclude the way to it.

    Raises:
        ToolError: where there is no Mac, no coremltools, or not exactly one model.
        DeviceError: where there is no iPhone.
        BenchError: for a character without networks.
        CharacterError: for a character that cannot be loaded.
    """
    if platform != "darwin":
        say(STEPS)
        raise ToolError(
            f"Expected a Mac with Xcode to reach an iPhone, got '{platform}'. The steps there are above."
        )
    if find_spec("coremltools") is None:
        raise ToolError(f"Expected coremltools, got none. Install it: {install_command('export')}.")
    found = sorted(settings.exported.glob("*.mlpackage")) if settings.exported else []
    models = [path for path in found if ONCE not in path.suffixes]
    if len(models) != 1:
        raise ToolError(
            f"Expected a folder with one .mlpackage in --exported, got {len(models)} in '{settings.exported}'. "
            "Write it with 'softdeca export --format coreml'."
        )
    started = datetime.now(UTC).isoformat(timespec="seconds")
    device, load_ms, samples_ms = asyncio.run(_measure(models[0], settings))
    network = network_of(settings.character)
    facts = {"name": device.name, "os": device.os_version, "build": device.os_build_number}
    times = np.asarray(samples_ms, float)
    row = BenchRow(
        "network",
        "coreml",
        str(device.name),
        1,
        runs=len(times),
        init_ms=float(load_ms),
        macs=network.macs,
        bytes=network.bytes,
        note="Core ML chose the processor; times exclude the way to it",
        **percentiles_ms(times),  # pyright: ignore[reportArgumentType]
    )
    return BenchReport(
        target="ios",
        character=settings.character,
        device=facts,
        main=row,
        rows=(row,),
        started=started,
        seconds=float(times.sum()) / 1e3,
        latencies_ms={row.name: list(np.percentile(times, np.arange(101)))},
    )


async def _measure(model: Path, settings: IosSettings) -> tuple[Any, float, list[float]]:
    """Return (device, milliseconds to load, milliseconds of every prediction)."""
    from importlib import import_module

    coremltools = import_module("coremltools")
    remote = import_module(f"{_EXPERIMENTAL}.remote_device")
    perf = import_module(f"{_EXPERIMENTAL}.perf_utils")
    connected = remote.Device.get_connected_devices(device_type=remote.DeviceType.IPHONE)
    if not connected:
        raise DeviceError(
            "Expected a connected iPhone, got none. Plug it in, unlock it, switch Developer Mode on and trust this Mac. "
            "'xcrun devicectl list devices' must call it connected."
        )
    credentials = remote.AppSigningCredentials(development_team=settings.team)
    device = await connected[0].prepare_for_model_debugging(credentials=credentials)
    benchmarker = perf.MLModelBenchmarker(model=coremltools.models.MLModel(str(model)), device=device)
    loaded = await benchmarker.benchmark_load(iterations=1)
    predicted = await benchmarker.benchmark_predict(iterations=settings.iterations, warmup=True)
    return device, loaded.samples[0], predicted.samples

"""Reports of measurements that never took place, for what reads and compares them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from firmware_bench.measure.timed_rounds import Subject, time_rounds
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.rows_from_times import rows_from_times
from tests.firmware_bench.devices.fake_machine import FakeMachine

ROUNDS = 30


def report_of(
    seed: int,
    slowdown_ms: float = 0.0,
    speed: float = 1.0,
    device: str = "a machine",
    rounds: int = ROUNDS,
    interrupted_ms: float = 0.0,
) -> BenchReport:
    """Yardstick 0.2 ms, network 0.3 ms, blendshapes 0.1 ms, driver 2 ms and what it is slowed by; 5 % noise a call,
    and a mood that wanders by a third. Every driven frame is interrupted for `interrupted_ms`."""
    machine, rng = FakeMachine(), np.random.default_rng(seed)
    phase = rng.uniform(0, 6)
    machine.mood = lambda now_s: (1 + 0.3 * np.sin(phase + 2 * now_s)) * np.exp(0.05 * rng.normal()) / speed
    subjects: list[Subject] = [
        machine.subject("yardstick", 0.2),
        machine.subject("linear blendshapes", 0.1, macs=1000, bytes=4000),
        machine.subject("network", 0.3, macs=3000, bytes=12_000),
        machine.subject("driver", 2.0 + slowdown_ms),
    ]
    if interrupted_ms:
        drive = subjects[-1].call
        subjects[-1] = replace(subjects[-1], call=lambda: (drive(), machine.interrupt(interrupted_ms)))
    times = time_rounds(subjects, 3.0, rounds, seed=seed, clock=machine.clock, use=machine.use)
    rows = rows_from_times(subjects, times, device, None)
    return BenchReport(
        target="local",
        character="default",
        device={"name": device, "cores": 2},
        main=rows[2],
        rows=tuple(rows),
        started="2026-01-01T00:00:00+00:00",
        seconds=3.0,
        rounds=rounds,
        stages_ms={"calibration": 0.1, "lips": 0.8},
        evaluators_ms={"numpy": {"calibration": 0.1, "lips": 0.8}},
        latencies_ms={
            subject.model: list(np.percentile(measured.calls, np.arange(101)))
            for subject, measured in zip(subjects, times, strict=True)
        },
    )

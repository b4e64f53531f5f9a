"""Rows from timed subjects: percentiles, ratios within rounds, and the distance to the roofline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from firmware_bench.measure import linear_blendshapes, yardstick
from firmware_bench.measure.roofline import Roofline
from firmware_bench.measure.timed_rounds import Subject, SubjectTimes, half_difference, paired_ratio
from firmware_bench.report.bench_row import BenchRow, percentiles_ms


def rows_from_times(
    subjects: Sequence[Subject], times: Sequence[SubjectTimes], device: str, roofline: Roofline | None
) -> list[BenchRow]:
    """Return one row a subject.

    Args:
        subjects: where blendshapes and yardstick are among them, all rows have ratios to them.
        times: one a subject, of the same rounds.
        device: its name.
        roofline: the device's limits; None leaves the bounds out.

    Returns:
        The rows, in the order of the subjects. Their p50 is the median of the rounds' medians, the other percentiles are of
        all warm calls.
    """
    reference = {subject.model: measured for subject, measured in zip(subjects, times, strict=True)}
    blendshapes, stick = reference.get(linear_blendshapes.MODEL), reference.get(yardstick.MODEL)
    return [
        _with_ratios(_row(subject, measured, device, roofline), measured, blendshapes, stick)
        for subject, measured in zip(subjects, times, strict=True)
    ]


def _row(subject: Subject, times: SubjectTimes, device: str, roofline: Roofline | None) -> BenchRow:
    bound = None
    if roofline is not None and subject.macs is not None and subject.bytes is not None:
        bound = roofline.bound_ms(subject.macs, subject.bytes)
    calls = times.calls
    row = BenchRow(
        subject.model,
        subject.runtime,
        device,
        subject.threads,
        runs=len(calls),
        cold_ms=float(np.median(times.cold)),
        cpu_ms=float(np.nanmedian(times.cpu_ms)) if len(times.cpu_ms) else None,
        interruptions=times.interruptions,
        waits=times.waits,
        macs=subject.macs,
        bytes=subject.bytes,
        bound_ms=bound,
        over_bound=None if bound is None else times.median_ms / bound,
        round_ms=tuple(map(float, times.round_ms)),
        round_cpu_ms=tuple(map(float, times.cpu_ms)),
    )
    return replace(row, **(percentiles_ms(calls) | {"p50_ms": times.median_ms}))


def _with_ratios(
    row: BenchRow, times: SubjectTimes, blendshapes: SubjectTimes | None, stick: SubjectTimes | None
) -> BenchRow:
    if blendshapes is not None:
        row = replace(row, over_blendshapes=float(np.nanmedian(paired_ratio(times, blendshapes))))
    if stick is None:
        return row
    ratios = paired_ratio(times, stick)
    return replace(
        row,
        over_yardstick=float(np.nanmedian(ratios)),
        half_difference=half_difference(ratios),
        round_over_yardstick=tuple(map(float, ratios)),
    )

import json

import pytest

from firmware_bench.measure.roofline import Roofline, bound_ms, measure_roofline
from firmware_bench.report.bench_row import BenchRow
from firmware_bench.report.device_profiles import PROFILES, projections

FIRST = Roofline(100.0, ((1000, 50.0), (10**9, 10.0)), 8.0)


def test_arithmetic_bounds_what_computes_much_and_memory_what_reads_much() -> None:
    assert bound_ms(macs=10**9, read_bytes=1, gflops=100, gb_s=10) == pytest.approx(20.0)
    assert bound_ms(macs=1, read_bytes=10**8, gflops=100, gb_s=10) == pytest.approx(10.0)


def test_what_fits_a_cache_is_bounded_by_the_cache() -> None:
    assert FIRST.bandwidth_gb_s(500) == 50.0
    assert FIRST.bandwidth_gb_s(2000) == 10.0
    assert FIRST.bandwidth_gb_s(2 * 10**9) == 10.0
    assert FIRST.bound_ms(1, 1000) == pytest.approx(1e3 * 1000 / 50e9)


def test_of_two_measurements_the_higher_limits_count() -> None:
    other = Roofline(90.0, ((1000, 60.0), (10**9, 9.0)), 9.0)
    assert FIRST.better_of(other) == Roofline(100.0, ((1000, 60.0), (10**9, 10.0)), 9.0)


def test_a_measured_roofline_is_positive_ascending_and_json() -> None:
    roofline = measure_roofline([4096, 2**20])
    sizes = [size for size, _ in roofline.read_gb_s]
    assert sizes == sorted(sizes) and {4096, 2**20} <= set(sizes)
    assert min(roofline.peak_gflops, roofline.triad_gb_s, *(rate for _, rate in roofline.read_gb_s)) > 0
    json.dumps(roofline.to_json())


def test_projections_are_marked_as_computed_and_name_their_source() -> None:
    row = BenchRow("network", "numpy", "here", 1, p50_ms=0.2, macs=3_000_000, bytes=12_000_000)
    projected = projections(row)
    assert len(projected) == len(PROFILES)
    for profile, computed in zip(PROFILES, projected, strict=True):
        assert computed.computed and computed.p50_ms is None
        assert computed.bound_ms == pytest.approx(12e6 / profile.memory_gb_s / 1e6)
        assert computed.note.startswith("computed, not measured") and profile.source in computed.note
    assert projections(BenchRow("driver", "numpy", "here", 1, p50_ms=2.0)) == ()

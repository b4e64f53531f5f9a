"""Limits of handsets that nobody has at hand, from data sheets: computed, never measured.

Peak arithmetic of one large core is clock x 128-bit pipes x 4 lanes x 2 (a fused multiply-add counts twice). Bandwidth is the
chip's whole; one core gets a part of it. A last-level cache that keeps the network weights can beat the memory's bound,
nothing beats the arithmetic's.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bench.measure.roofline import bound_ms
from firmware_bench.report.bench_row import BenchRow

_LANES, _OPERATIONS = 4, 2


@dataclass(frozen=True)
class DeviceProfile:
    name: str
    core: str
    clock_ghz: float
    pipes: int
    """128-bit units that do a fused multiply-add each cycle."""
    memory_gb_s: float
    source: str

    @property
    def peak_gflops(self) -> float:
        return self.clock_ghz * self.pipes * _LANES * _OPERATIONS


_X1 = "Arm, Cortex-X1 Software Optimization Guide (four vector pipes)"
_A76 = "Arm, Cortex-A76 Software Optimization Guide (two vector pipes)"
_QUALCOMM = "Qualcomm's announcements (clock, memory clock), 64 bits wide"

PROFILES = (
    DeviceProfile("Snapdragon 855 (2019)", "Cortex-A76", 2.84, 2, 34.1, f"{_A76}; {_QUALCOMM}"),
    DeviceProfile("Snapdragon 865 (2020)", "Cortex-A77", 2.84, 2, 44.0, f"{_A76}, A77 alike; {_QUALCOMM}"),
    DeviceProfile("Snapdragon 888 (2021)", "Cortex-X1", 2.84, 4, 51.2, f"{_X1}; {_QUALCOMM}"),
    DeviceProfile("Snapdragon 8 Gen 2 (2023)", "Cortex-X3", 3.2, 4, 67.2, f"{_X1}, X3 alike; {_QUALCOMM}"),
)


def projections(row: BenchRow) -> tuple[BenchRow, ...]:
    """Return the least time of a row's multiply-adds and bytes on each profile.

    Args:
        row: the network's.

    Returns:
        One computed row a profile; none for a row whose multiply-adds or bytes were not counted.
    """
    if row.macs is None or row.bytes is None:
        return ()
    return tuple(_projected(row, row.macs, row.bytes, profile) for profile in PROFILES)


def _projected(row: BenchRow, macs: int, read_bytes: int, profile: DeviceProfile) -> BenchRow:
    arithmetic_ms = 2e3 * macs / (profile.peak_gflops * 1e9)
    note = (
        f"computed, not measured: {profile.peak_gflops:.0f} GFLOP/s on one {profile.core}, "
        f"{profile.memory_gb_s:g} GB/s; {arithmetic_ms:.3f} ms if its caches kept the weights. {profile.source}"
    )
    return BenchRow(
        row.model,
        "roofline",
        profile.name,
        1,
        macs=macs,
        bytes=read_bytes,
        bound_ms=bound_ms(macs, read_bytes, profile.peak_gflops, profile.memory_gb_s),
        computed=True,
        note=note,
    )

"""One timed subject: its name, the device, its times, and their distance from the limit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float

PERCENTILES = (50, 90, 95, 99)
_PER_ROUND = ("round_ms", "round_over_yardstick", "round_cpu_ms")


@dataclass(frozen=True)
class BenchRow:
    """Milliseconds, bytes and multiply-adds. An entry that was not measured is None, and `note` gives the reason."""

    model: str
    """network, driver, linear blendshapes, simulator, …"""
    runtime: str
    """numpy, torch, torch compiled, litert, onnxruntime, javascript, …"""
    device: str
    threads: int
    p50_ms: float | None = None
    """Median of the rounds' medians."""
    p90_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    runs: int = 0
    init_ms: float | None = None
    """From network weights in memory to the end of the first call, in a process of its own where that is possible."""
    cold_ms: float | None = None
    """Median of the calls that came right after something else had filled the caches."""
    cpu_ms: float | None = None
    """Processor time of a call, all threads together: the rest of its time once interruptions are taken out."""
    interruptions: float | None = None
    """Times a call that the scheduler took the processor away: from some tenths on, medians include waiting."""
    waits: float | None = None
    """Times a call that it gave the processor up itself."""
    memory_bytes: int | None = None
    """By how much the runtime's code and the first call raised the process's peak memory."""
    macs: int | None = None
    bytes: int | None = None
    """The least that a call reads and writes: network weights, inputs and outputs once."""
    bound_ms: float | None = None
    """The roofline's lower bound on this machine."""
    over_bound: float | None = None
    over_blendshapes: float | None = None
    """Ratio to linear blendshapes' time, the median of ratios taken round by round."""
    over_yardstick: float | None = None
    half_difference: float | None = None
    """Relative difference of `over_yardstick` between the two halves of the rounds."""
    computed: bool = False
    """Whether the times were computed from a device's data sheet instead of measured."""
    round_ms: tuple[float, ...] = ()
    """Each round's median; nan where a row sat a round out."""
    round_over_yardstick: tuple[float, ...] = ()
    round_cpu_ms: tuple[float, ...] = ()
    note: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """The names by which the row is found in another run."""
        return self.model, self.runtime, self.threads

    @property
    def name(self) -> str:
        threads = "" if self.threads == 1 else f", {self.threads} threads"
        return f"{self.model} ({self.runtime}{threads})"

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON has it.

        Returns:
            The attributes by name, with five significant digits; nan of a round becomes None.
        """
        values = asdict(self)
        for name in _PER_ROUND:
            values[name] = [None if np.isnan(value) else float(f"{value:.5g}") for value in values[name]]
        return {name: _rounded(value) for name, value in values.items()}

    @staticmethod
    def from_json(values: dict[str, Any]) -> BenchRow:
        """Return the row of an object that `to_json` returned.

        Args:
            values: the parsed JSON; entries of other names are ignored.

        Returns:
            The row.
        """
        known = {item.name for item in fields(BenchRow)}
        values = {name: value for name, value in values.items() if name in known}
        for name in _PER_ROUND:
            values[name] = tuple(float("nan") if v is None else float(v) for v in values.get(name, ()))
        return BenchRow(**values)


def percentiles_ms(times_ms: Float[np.ndarray, "runs"]) -> dict[str, float]:
    """Return the percentiles 50, 90, 95 and 99 of single calls.

    Args:
        times_ms: (N,) milliseconds.

    Returns:
        Milliseconds by name: p50_ms, p90_ms, p95_ms, p99_ms.
    """
    values = np.percentile(times_ms, PERCENTILES)
    return {f"p{p}_ms": float(value) for p, value in zip(PERCENTILES, values, strict=True)}


def _rounded(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value

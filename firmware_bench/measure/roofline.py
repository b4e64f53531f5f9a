"""The roofline of a processor: no program is faster than its arithmetic and its memory allow.

    bound = max(2 macs / peak, bytes / bandwidth)        (Williams, Waterman, Patterson, CACM 2009)

Here both are measured on one thread. A product of two large matrices gives the peak. Inner products and a matrix times a
vector, whichever is faster, give the bandwidth of reading every given working set: one that fits a cache is read faster.
The triad a = b + s c gives the bandwidth of the memory itself. The best of all repetitions counts, since a limit can be
reached.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_MATRIX = 512
_LARGE_BYTES = 2**20 * 96
_REPEATS = 12
_WIDTH = 4096


@dataclass(frozen=True)
class Roofline:
    """Limits of one thread."""

    peak_gflops: float
    read_gb_s: tuple[tuple[int, float], ...]
    """(working set in bytes, bandwidth of reading it again and again), ascending."""
    triad_gb_s: float
    """Bandwidth of reading two arrays and writing one, far larger than any cache; the write's own read is not counted."""

    def bandwidth_gb_s(self, working_set_bytes: int) -> float:
        """Return the bandwidth of reading a working set again and again.

        Args:
            working_set_bytes: its size.

        Returns:
            GB/s (1e9 bytes a second) of the smallest measured working set that holds it, else of the largest one.
        """
        for size, bandwidth in self.read_gb_s:
            if working_set_bytes <= size:
                return bandwidth
        return self.read_gb_s[-1][1]

    def bound_ms(self, macs: int, read_bytes: int) -> float:
        """Return the least time of a call whose network weights are where the caches can keep them.

        Args:
            macs: multiply-adds of the call.
            read_bytes: the call's working set.

        Returns:
            Milliseconds.
        """
        return bound_ms(macs, read_bytes, self.peak_gflops, self.bandwidth_gb_s(read_bytes))

    def better_of(self, other: Roofline) -> Roofline:
        """Return the higher of each limit in two measurements of one machine.

        Args:
            other: with the same working sets.

        Returns:
            The limits of both together.
        """
        pairs = zip(self.read_gb_s, other.read_gb_s, strict=True)
        return Roofline(
            max(self.peak_gflops, other.peak_gflops),
            tuple((size, max(rate, again)) for (size, rate), (_, again) in pairs),
            max(self.triad_gb_s, other.triad_gb_s),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the limits as JSON has them.

        Returns:
            The attributes by name, with four significant digits; pairs are lists.
        """
        return {name: _significant(value) for name, value in asdict(self).items()}


def bound_ms(macs: int, read_bytes: int, gflops: float, gb_s: float) -> float:
    """Return the roofline's lower bound of a call.

    Args:
        macs: multiply-adds of the call.
        read_bytes: bytes that it reads and writes at least.
        gflops: peak, 1e9 operations a second; a multiply-add counts twice.
        gb_s: bandwidth, 1e9 bytes a second.

    Returns:
        max(2 macs / peak, bytes / bandwidth) in milliseconds.
    """
    return 1e3 * max(2 * macs / (gflops * 1e9), read_bytes / (gb_s * 1e9))


def measure_roofline(working_sets: Iterable[int], clock: Callable[[], float] = time.perf_counter) -> Roofline:
    """Return the limits of this machine, which takes about a second.

    Args:
        working_sets: bytes; 96 MiB are measured too.
        clock: seconds.

    Returns:
        The limits of as many threads as BLAS may use: the caller sets their number.
    """
    sizes = sorted({*working_sets, _LARGE_BYTES})
    return Roofline(
        peak_gflops=2 * _MATRIX**3 / _best_s(_product(), clock) / 1e9,
        read_gb_s=tuple((size, size / _reading_s(size, clock) / 1e9) for size in sizes),
        triad_gb_s=_LARGE_BYTES / _best_s(_triad(), clock) / 1e9,
    )


def _reading_s(size_bytes: int, clock) -> float:
    return min(_best_s(read, clock) for read in (_inner(size_bytes), _matrix_vector(size_bytes)))


def _best_s(call: Callable[[], object], clock) -> float:
    call()
    best = np.inf
    for _ in range(_REPEATS):
        start_s = clock()
        call()
        best = min(best, clock() - start_s)
    return best


def _product() -> Callable[[], object]:
    a, b = np.random.default_rng(0).normal(size=(2, _MATRIX, _MATRIX)).astype(np.float32)
    out = np.empty_like(a)
    return lambda: np.matmul(a, b, out=out)


def _inner(size_bytes: int) -> Callable[[], object]:
    """Return an inner product of the two halves of one working set."""
    x, y = np.ones((2, max(1, size_bytes // 8)), np.float32)
    return lambda: np.dot(x, y)


def _matrix_vector(size_bytes: int) -> Callable[[], object]:
    matrix = np.ones((max(1, size_bytes // (4 * _WIDTH)), _WIDTH), np.float32)
    vector = np.ones(len(matrix), np.float32)
    return lambda: vector @ matrix


def _triad() -> Callable[[], object]:
    b, c = np.ones((2, _LARGE_BYTES // 12), np.float32)
    a, scaled = np.empty_like(b), np.float32(3)

    def triad() -> None:
        # NumPy has no fused triad: pieces that stay in the first cache make it one.
        for start in range(0, len(a), 4096):
            piece = slice(start, start + 4096)
            np.multiply(c[piece], scaled, out=a[piece])
            np.add(a[piece], b[piece], out=a[piece])

    return triad


def _significant(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return [_significant(item) for item in value] if isinstance(value, tuple) else value

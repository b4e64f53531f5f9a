"""The roofline of a processor: no program is faster than its arithmetic and its memory let it be.

    bound = max(2 macs / peak, bytes / bandwidth)        (Williams, Waterman, Patterson, CACM 2009)

Here both are measured on one thread: the peak by a product of two large matrices; the bandwidth of reading for every working
set that is asked about (what fits a cache is read faster), by inner products and by a matrix times a vector, whichever
is faster; that of the memory itself by the triad a = b + s c. The best of all repetitions counts, since a limit is
what can be reached.
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
    """Reading two arrays and writing one, far larger than any cache; counted without the write's own read."""

    def bandwidth_gb_s(self, working_set_bytes: int) -> float:
        """That of the smallest measured working set that holds it."""
        for size, bandwidth in self.read_gb_s:
            if working_set_bytes <= size:
                return bandwidth
        return self.read_gb_s[-1][1]

    def bound_ms(self, macs: int, read_bytes: int) -> float:
        """What a call needs at least when its weights are where the caches can keep them."""
        return bound_ms(macs, read_bytes, self.peak_gflops, self.bandwidth_gb_s(read_bytes))

    def better_of(self, other: Roofline) -> Roofline:
        """Of two measurements of one machine whichever came further."""
        pairs = zip(self.read_gb_s, other.read_gb_s, strict=True)
        return Roofline(
            max(self.peak_gflops, other.peak_gflops),
            tuple((size, max(rate, again)) for (size, rate), (_, again) in pairs),
            max(self.triad_gb_s, other.triad_gb_s),
        )

    def to_json(self) -> dict[str, Any]:
        return {name: _significant(value) for name, value in asdict(self).items()}


def bound_ms(macs: int, read_bytes: int, gflops: float, gb_s: float) -> float:
    return 1e3 * max(2 * macs / (gflops * 1e9), read_bytes / (gb_s * 1e9))


def measure_roofline(working_sets: Iterable[int], clock: Callable[[], float] = time.perf_counter) -> Roofline:
    """Takes about a second. To be called where BLAS is limited to the threads that are meant."""
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
    """Two halves of one working set against each other."""
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

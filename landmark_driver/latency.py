"""Where the time of a frame goes, stage by stage."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

import numpy as np

STAGES = ("capture_to_receive", "receive_to_vertices", "capture_to_vertices", "vertices_to_viewer")
PERCENTILES = (50, 95, 99)
_KEPT = 100_000


class LatencyLog:
    """Collects stage durations; appending is safe from several threads."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def note(self, stage: str, seconds: float) -> None:
        assert stage in STAGES, f"{stage} is none of {STAGES}"
        self._seconds[stage].append(seconds)

    def recent_ms(self, stage: str, count: int) -> list[float]:
        """The newest durations of a stage, oldest first, milliseconds."""
        kept = self._seconds[stage]
        return [1e3 * kept[index] for index in range(max(0, len(kept) - count), len(kept))]

    def summary(self) -> dict[str, dict[str, float]]:
        """{stage: {p50, p95, p99}} in milliseconds, for the stages that happened."""
        return {stage: percentiles_ms(self._seconds[stage]) for stage in STAGES if self._seconds[stage]}


def percentiles_ms(seconds: Iterable[float]) -> dict[str, float]:
    values = 1e3 * np.array(list(seconds))
    return {
        f"p{p}": round(float(v), 3)
        for p, v in zip(PERCENTILES, np.percentile(values, PERCENTILES), strict=True)
    }

"""Where the time of a frame goes, stage by stage."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

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
        start = len(kept) - count
        newest = [kept[index] for index in range(start, len(kept))] if start > 0 else list(kept)
        return [1e3 * seconds for seconds in newest]

    def summary(self, newest: int = _KEPT) -> dict[str, dict[str, float]]:
        """{stage: {p50, p95, p99}} in milliseconds of the newest durations, for the stages that happened."""
        return {
            stage: percentiles_ms(self.recent_ms(stage, newest)) for stage in STAGES if self._seconds[stage]
        }


def percentiles_ms(values: Sequence[float]) -> dict[str, float]:
    return {
        f"p{p}": round(float(v), 3)
        for p, v in zip(PERCENTILES, np.percentile(values, PERCENTILES), strict=True)
    }

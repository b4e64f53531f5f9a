"""The latency of a frame, stage by stage."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

import numpy as np

STAGES = ("capture_to_receive", "receive_to_vertices", "capture_to_vertices", "vertices_to_viewer")
PERCENTILES = (50, 95, 99)
_KEPT = 100_000


class LatencyLog:
    """A log of stage durations; appending is safe from several threads."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def note(self, stage: str, seconds: float) -> None:
        """Append a duration.

        Args:
            stage: one of `STAGES`.
            seconds: the duration.
        """
        assert stage in STAGES, f"{stage} is none of {STAGES}"
        self._seconds[stage].append(seconds)

    def recent_ms(self, stage: str, count: int) -> list[float]:
        """Return the newest durations of a stage.

        Args:
            stage: one of `STAGES`.
            count: how many at most.

        Returns:
            Milliseconds, oldest first.
        """
        kept = self._seconds[stage]
        start = len(kept) - count
        newest = [kept[index] for index in range(start, len(kept))] if start > 0 else list(kept)
        return [1e3 * seconds for seconds in newest]

    def summary(self, newest: int = _KEPT) -> dict[str, dict[str, float]]:
        """Return percentiles of the newest durations, for the stages that happened.

        Args:
            newest: how many durations of each stage count at most.

        Returns:
            {stage: {p50, p95, p99}} in milliseconds.
        """
        return {
            stage: percentiles_ms(self.recent_ms(stage, newest)) for stage in STAGES if self._seconds[stage]
        }


def percentiles_ms(values: Sequence[float]) -> dict[str, float]:
    """Return the percentiles of durations.

    Args:
        values: milliseconds, at least one.

    Returns:
        {p50, p95, p99} in milliseconds, to three decimals.
    """
    return {
        f"p{p}": round(float(v), 3)
        for p, v in zip(PERCENTILES, np.percentile(values, PERCENTILES), strict=True)
    }

"""Capture times as the times of an animation."""

from __future__ import annotations


class MediaClock:
    """Seconds from the first frame, always increasing, also where the clock of the capture is not.

    Recordings that begin at zero keep their times; takes of live sources carry the source's own clock,
    which begins anywhere. Where it steps back or stands still (another source took over, a take was
    joined to itself), the frame follows by the last step that was good.
    """

    def __init__(self, first_step_s: float = 1 / 30):
        """Take the step in seconds that holds until the clock has made a good one."""
        self._step_s = first_step_s
        self._last_s: float | None = None
        self._time_s = 0.0

    def __call__(self, capture_time_s: float) -> float:
        """Return the time of the next frame in seconds from the first, for its capture time in seconds."""
        if self._last_s is not None:
            step_s = capture_time_s - self._last_s
            if step_s > 0:
                self._step_s = step_s
            self._time_s += self._step_s
        self._last_s = capture_time_s
        return self._time_s

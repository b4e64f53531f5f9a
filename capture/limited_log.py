"""Warnings at a limited rate, so that a flood of bad packets is not a flood of lines."""

from __future__ import annotations

import logging
from collections.abc import Callable


class LimitedLog:
    """A log with one line in `interval_s` seconds, which ends with the number of lines held back before it.

    Args:
        log: the logger that gets the lines.
        clock: returns seconds, always increasing.
        interval_s: shortest time between two lines, seconds.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float], interval_s: float = 2.0) -> None:
        self._log, self._clock, self._interval_s = log, clock, interval_s
        self._next_s = float("-inf")
        self._held_back = 0

    def warning(self, text: str) -> None:
        """Log a warning, or count it where the last line is younger than `interval_s`.

        Args:
            text: the line.
        """
        now_s = self._clock()
        if now_s < self._next_s:
            self._held_back += 1
            return
        more = f" (and {self._held_back} more like it)" if self._held_back else ""
        self._log.warning("%s%s", text, more)
        self._next_s, self._held_back = now_s + self._interval_s, 0

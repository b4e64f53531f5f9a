"""Several sources, one performer at a time: a later source takes over while it delivers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from capture.frames.landmark_frame import LandmarkFrame
from capture.sources.live_source import LiveSource

SILENCE_S = 1.5
"""After this long without a frame a source gives way to the ones before it."""


class SourceSwitch:
    """A switch that passes on the frames of the last-named source that is alive.

    Args:
        deliver: is called with every frame passed on.
        on_switch: is called at every change of performer, so that the neutral can be taken anew.
        on_end: is called when every source has ended.
    """

    def __init__(
        self,
        deliver: Callable[[LandmarkFrame], None],
        on_switch: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._deliver, self._on_switch, self._on_end = deliver, on_switch, on_end
        self._lock = threading.Lock()
        self._current = -1
        self._last_s = float("-inf")
        self._running = 0

    def start(self, sources: Sequence[LiveSource]) -> None:
        """Start the sources.

        Args:
            sources: a later one takes over from an earlier one.
        """
        self._running = len(sources)
        for rank, source in enumerate(sources):
            source.start(lambda frame, rank=rank: self.offer(rank, frame), self._one_ended)

    def offer(self, rank: int, frame: LandmarkFrame) -> None:
        """Pass a frame on, or drop it while a later source is alive.

        Args:
            rank: place of the frame's source among the sources, from 0.
            frame: its newest frame.
        """
        with self._lock:
            alive = frame.receive_time_s - self._last_s < SILENCE_S
            if rank < self._current and alive:
                return
            if rank != self._current and self._current >= 0:
                self._on_switch()
            self._current, self._last_s = rank, frame.receive_time_s
            self._deliver(frame)

    def _one_ended(self) -> None:
        with self._lock:
            self._running -= 1
            ended = self._running == 0
        if ended:
            self._on_end()

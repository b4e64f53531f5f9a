"""The live loop: newest frame in, moved face out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.newest_frame import NewestFrame
from capture.limited_log import LimitedLog
from landmark_driver.live.face_driver import DrivenFace
from landmark_driver.live.latency import LatencyLog
from landmark_driver.live.one_blas_thread import one_blas_thread

_WAKE_S = 0.1
"""How long the loop waits for a frame before it checks whether to stop."""

_log = LimitedLog(logging.getLogger(__name__), time.perf_counter)


@dataclass(frozen=True)
class LiveReport:
    """The report of a live session; the fields of `softdeca live --json`."""

    frames_in: int
    frames_driven: int
    frames_dropped: int
    seconds: float
    fps: float
    latency_ms: dict[str, dict[str, float]]
    tracked_fraction: float
    sources: list[str]

    def to_json(self) -> dict:
        """Return the report for JSON.

        Returns:
            The fields by name.
        """
        return asdict(self)


class LiveLoop:
    """A loop that drives until it is stopped. `outputs` get every driven face and must return at once."""

    def __init__(
        self,
        mailbox: NewestFrame[LandmarkFrame],
        driver: Callable[[LandmarkFrame], DrivenFace],
        outputs: Sequence[Callable[[DrivenFace], None]],
        latency: LatencyLog,
    ):
        """Join a mailbox, a driver and outputs.

        Args:
            mailbox: gives the newest frame.
            driver: one frame in, one driven face out.
            outputs: called with every driven face, in order.
            latency: log of each stage's durations.
        """
        self._mailbox, self._driver, self._outputs, self._latency = mailbox, driver, outputs, latency
        self._driven = self._tracked = self._failed = 0

    def run(self, keep_going: Callable[[], bool], sources: list[str]) -> LiveReport:
        """Drive frames until `keep_going` returns False or the mailbox is closed.

        Args:
            keep_going: called before every frame, and every 0.1 s without frames.
            sources: names of the sources, for the report.

        Returns:
            Counts, rates and latencies of the session.
        """
        start_s = time.perf_counter()
        with one_blas_thread():
            while keep_going() and not self._mailbox.closed:
                frame = self._mailbox.take(_WAKE_S)
                if frame is not None:
                    self._drive(frame)
        return self._report(time.perf_counter() - start_s, sources)

    def _drive(self, frame: LandmarkFrame) -> None:
        try:
            face = self._driver(frame)
        except (ValueError, ArithmeticError) as error:  # of this one frame: the loop outlives it
            self._failed += 1
            _log.warning(f"frame {frame.sequence} could not be driven and is left out: {error}")
            return
        for output in self._outputs:
            output(face)
        self._driven += 1
        self._tracked += face.tracked
        self._latency.note("capture_to_receive", face.receive_time_s - face.capture_time_s)
        self._latency.note("receive_to_vertices", face.vertices_time_s - face.receive_time_s)
        self._latency.note("capture_to_vertices", face.vertices_time_s - face.capture_time_s)

    def _report(self, seconds: float, sources: list[str]) -> LiveReport:
        dropped = self._mailbox.dropped + self._failed
        return LiveReport(
            frames_in=self._driven + dropped,
            frames_driven=self._driven,
            frames_dropped=dropped,
            seconds=round(seconds, 3),
            fps=round(self._driven / seconds, 2) if seconds > 0 else 0.0,
            latency_ms=self._latency.summary(),
            tracked_fraction=round(self._tracked / self._driven, 4) if self._driven else 0.0,
            sources=sources,
        )

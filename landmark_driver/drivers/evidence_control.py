"""The evidence of a running driver: taken beside the live loop, followed with a later frame.

A few frames a second are compared under every choice of the residual (`posterior/evidence.py`), which takes milliseconds each,
and a change compiles the frame anew, which takes some tenths of a second: a thread does both, and no frame waits.
"""

from __future__ import annotations

import threading

from capture.frames.newest_frame import NewestFrame
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.posterior.evidence import Evidence

_EVERY_S = 0.25
_LEAST = 8
"""Frames that must have been compared before the choice changes."""


class EvidenceControl:
    """A control that lets one running driver follow the evidence of its frames. Its thread starts with the first frame."""

    def __init__(self, driver: SparseDriver):
        self._driver = driver
        self._frames: NewestFrame[DriverInput] = NewestFrame()
        self._forgotten = threading.Event()
        self._thread: threading.Thread | None = None
        self._offered_s = -float("inf")

    def offer(self, given: DriverInput, time_s: float) -> None:
        """Take a frame, four times a second; the others are left out.

        Args:
            given: the driver's input.
            time_s: capture time, seconds.
        """
        if 0 <= time_s - self._offered_s < _EVERY_S:
            return
        self._offered_s = time_s
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="evidence", daemon=True)
            self._thread.start()
        self._frames.put(given)

    def forget(self) -> None:
        """Forget all frames: another neutral face counts from now on."""
        self._forgotten.set()

    def stop(self) -> None:
        """Stop the thread; later frames have no effect."""
        self._frames.close()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _work(self) -> None:
        evidence = self._driver.evidence()
        while not self._frames.closed:
            given = self._frames.take(0.5)
            if self._forgotten.is_set():
                self._forgotten.clear()
                evidence.forget()
            if given is not None:
                self._compare(evidence, given)

    def _compare(self, evidence: Evidence, given: DriverInput) -> None:
        shown = self._driver.shown_by(given)
        if shown is None:
            return
        evidence.add(shown)
        best = evidence.best(self._driver.choice)
        if len(evidence) >= _LEAST and best != self._driver.choice:
            self._driver.set_choice(best)

"""The caller's side of the tracker process: its start, its frames, its end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from capture.frames.capture_error import SourceError, TrackingModelError
from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import decode_frame
from capture.tracking.network_sandbox import proxies_to_nowhere
from capture.tracking.tracker_messages import (
    DONE,
    FAILED,
    FRAME,
    OPENED,
    TrackerHeader,
    TrackerJob,
    read_message,
)

TRACKER_MODULE = "capture.tracking.tracker_process"
SECONDS_TO_END = 3.0
"""Seconds the tracker gets for its own clean end before it is killed."""

_ERRORS = {"SourceError": SourceError, "TrackingModelError": TrackingModelError}


class TrackerLink:
    """A link that starts a tracker process for a job and waits until its source is open.

    The process is a fresh interpreter, neither a fork nor a copy of the caller's program, so that
    its proxy variables hold from its first instruction and nothing of the caller runs in it.

    Args:
        job: the source and the model.
        module: the module that is run as the process.

    Raises:
        SourceError: where the source cannot be opened.
        TrackingModelError: where the model cannot be used.
        RuntimeError: where the process ends by itself.
    """

    def __init__(self, job: TrackerJob, module: str = TRACKER_MODULE) -> None:
        self._remarks: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close)
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, job.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._remarks,
            env=_environment(),
        )
        try:
            self.header = TrackerHeader.from_bytes(self._expect(OPENED))
        except BaseException:
            self.close()
            raise

    def frames(self) -> Iterator[LandmarkFrame]:
        """Return every frame in order, until the source ends or `ask_to_stop` is called; once.

        Returns:
            The frames; `receive_time_s` is this process's `time.perf_counter()` on arrival.

        Raises:
            SourceError: where the source fails on the way.
            RuntimeError: where the process ends by itself.
        """
        while packet := self._expect(FRAME):
            yield decode_frame(packet, time.perf_counter())

    def ask_to_stop(self) -> None:
        """Close the tracker's input, which ends it after the frame it is at; frames on their way can still be read."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close(self) -> None:
        """End the process, if need be by force, and free everything; harmless when repeated."""
        self.ask_to_stop()
        assert self.process.stdout is not None
        self.process.stdout.close()
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._remarks.close()

    def _expect(self, kind: bytes) -> bytes:
        """Return the body of the next message, which is of `kind`; nothing where the tracker is done."""
        assert self.process.stdout is not None
        message = read_message(self.process.stdout)
        if message is None:
            raise RuntimeError(self._obituary())
        got, body = message
        if got == FAILED:
            name, _, text = body.decode().partition("\n")
            raise _ERRORS[name](text)
        assert got in (kind, DONE), f"expected {kind!r} from the tracker, got {got!r}"
        return body

    def _obituary(self) -> str:
        self.ask_to_stop()
        status = self.process.wait(SECONDS_TO_END)
        self._remarks.seek(0)
        last = self._remarks.read().decode(errors="replace").strip().splitlines()[-20:]
        return "\n".join([f"the face tracker ended by itself, exit status {status}; its last words:", *last])


def _environment() -> dict[str, str]:
    """The caller's environment with closed proxies, in which `capture` can be imported."""
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, os.environ.get("PYTHONPATH", "")]
    return proxies_to_nowhere(dict(os.environ)) | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

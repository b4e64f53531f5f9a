"""Recording that can be switched on and off while frames flow."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from capture.frames.landmark_frame import LandmarkFrame
from capture.takes.take import TakeWriter


class Recorder:
    """Appends every frame it is given to a take while recording. Safe to use from several threads."""

    def __init__(self, source: str):
        self._source = source
        self._lock = threading.Lock()
        self._writer: TakeWriter | None = None
        self.last_path: Path | None = None
        """The take that was completed last."""

    @property
    def recording(self) -> bool:
        return self._writer is not None

    def start(self, path: Path | None = None) -> None:
        """Begins a take at `path`, or at a name made from the time. Raises TakeError."""
        with self._lock:
            if self._writer is None:
                path = path or Path(time.strftime("take-%Y%m%d-%H%M%S.mcap"))
                self._writer = TakeWriter(path, source=self._source)

    def stop(self) -> None:
        with self._lock:
            if self._writer is not None:
                writer, self._writer = self._writer, None
                writer.close()
                if writer.frame_count:
                    self.last_path = writer.path

    def toggle(self) -> bool:
        """Stops or starts; returns whether frames are being recorded now."""
        self.stop() if self.recording else self.start()
        return self.recording

    def add(self, frame: LandmarkFrame) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.add(frame)

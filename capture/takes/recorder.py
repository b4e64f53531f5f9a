"""Recording that can be switched on and off while frames flow."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from capture.frames.landmark_frame import LandmarkFrame
from capture.takes.take import TakeWriter


class Recorder:
    """A recorder that appends every frame to a take while recording. Safe to use from several threads.

    Args:
        source: the frames' source as the command line names it, for the take's header.
    """

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
        """Begin a take; nothing happens while one is being recorded.

        Args:
            path: the take to write; None for a name made from the time, in the current folder.

        Raises:
            TakeError: where the name is taken or cannot be written to.
        """
        with self._lock:
            if self._writer is None:
                path = path or Path(time.strftime("take-%Y%m%d-%H%M%S.mcap"))
                self._writer = TakeWriter(path, source=self._source)

    def stop(self) -> None:
        """Complete the take that is being recorded, where there is one."""
        with self._lock:
            if self._writer is not None:
                writer, self._writer = self._writer, None
                writer.close()
                if writer.frame_count:
                    self.last_path = writer.path

    def toggle(self) -> bool:
        """Stop or start recording.

        Returns:
            True where frames are being recorded now.
        """
        self.stop() if self.recording else self.start()
        return self.recording

    def add(self, frame: LandmarkFrame) -> None:
        """Append a frame to the take, where one is being recorded.

        Args:
            frame: the newest frame.
        """
        with self._lock:
            if self._writer is not None:
                self._writer.add(frame)

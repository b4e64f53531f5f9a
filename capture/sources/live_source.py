"""The sources of live frames: one interface over phone, webcam, video, take and the demo."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from capture.config_dir import user_config_dir
from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.phone.phone_model import PhoneModel
from capture.phone.phone_server import PhoneServer
from capture.sources.video_source import track_video
from capture.sources.webcam_source import track_webcam
from capture.takes.replay import in_real_time
from capture.takes.take import read_take
from capture.tracking.tracking_model import find_tracking_model

DEMO_TAKE = Path(__file__).parents[1] / "assets" / "demo.mcap"
SOURCES = "phone, webcam[:N], video:PATH, take:PATH, demo"

Deliver = Callable[[LandmarkFrame], None]


class LiveSource(Protocol):
    """A source that delivers frames from a thread of its own between `start` and `stop`."""

    description: str
    error: Exception | None
    """The error that ended the source; None where it ran to its own end."""

    def start(self, deliver: Deliver, on_end: Callable[[], None]) -> None:
        """Start to deliver frames, in a thread of the source.

        Args:
            deliver: is called with every frame.
            on_end: is called once the source has ended.
        """
        ...

    def stop(self) -> None: ...


class FrameThread:
    """A source made of an iterator that takes its own time: camera, video or take."""

    def __init__(self, description: str, open_frames: Callable[[], Iterator[LandmarkFrame]]):
        self.description = description
        self.error: Exception | None = None
        self._frames = open_frames()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, deliver: Deliver, on_end: Callable[[], None]) -> None:
        """Start the thread that delivers the frames.

        Args:
            deliver: is called with every frame, in that thread.
            on_end: is called once the frames have ended; an error is in `error` then.
        """
        self._thread = threading.Thread(target=self._run, args=(deliver, on_end), name="source", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the frame it is at; the method waits 3 s at most."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=3)

    def _run(self, deliver: Deliver, on_end: Callable[[], None]) -> None:
        try:
            for frame in self._frames:
                if self._stopping.is_set():
                    break
                deliver(frame)
        except Exception as error:  # raised by whoever runs this source
            self.error = error
        finally:
            close = getattr(self._frames, "close", None)
            if close is not None:
                close()
            on_end()


class PhoneSource:
    """A phone that may come, go and come back: it never ends by itself."""

    def __init__(self, port: int, config_dir: Path, puppet: Callable[[], bytes | None], model: PhoneModel):
        self.description = "phone"
        self.error: Exception | None = None
        self._deliver: Deliver = lambda frame: None
        self.server = PhoneServer(
            lambda frame: self._deliver(frame),
            port=port,
            config_dir=config_dir,
            model_path=find_tracking_model(),
            puppet=puppet,
            model=model,
        )
        self.server.start()

    def start(self, deliver: Deliver, on_end: Callable[[], None]) -> None:
        """Deliver the phone's frames from now on.

        Args:
            deliver: is called with every frame, in the server's thread.
            on_end: is never called, since a phone may come back.
        """
        self._deliver = deliver

    def stop(self) -> None:
        """Say goodbye to the phone and end the server."""
        self.server.stop()


def open_source(
    spec: str,
    *,
    port: int = 8443,
    config_dir: Path | None = None,
    puppet: Callable[[], bytes | None] = lambda: None,
    model: PhoneModel = lambda: None,
) -> FrameThread | PhoneSource:
    """Return the source that a text names, open and not yet started.

    Args:
        spec: `phone`, `webcam[:N]`, `video:PATH`, `take:PATH` or `demo`.
        port: port of the phone page; 0 takes a free one.
        config_dir: keeps the phone page's certificates; None for this user's own folder.
        puppet: makes the file from which a phone drives the head alone; None where there is none.
        model: gives the path of the head's exported network for such a phone; None where there is none.

    Returns:
        The source.

    Raises:
        CaptureError: where it cannot be opened; SourceError for a text that names no source.
    """
    kind, _, value = spec.partition(":")
    if kind == "phone" and not value:
        return PhoneSource(port, config_dir or user_config_dir(), puppet, model)
    if kind == "webcam" and ((value.isascii() and value.isdigit()) or not value):
        return FrameThread(spec, lambda: track_webcam(int(value or 0)))
    if kind == "video" and value:
        return FrameThread(spec, lambda: _paced(track_video(Path(value))))
    if kind == "take" and value:
        return FrameThread(spec, lambda: _paced(read_take(Path(value))))
    if spec == "demo":
        return FrameThread(spec, lambda: in_real_time(read_take(DEMO_TAKE), loop=True))
    raise SourceError(f"Expected a source ({SOURCES}), got '{spec}'. Choose one of these.")


def _paced(frames: Iterator[LandmarkFrame]) -> Iterator[LandmarkFrame]:
    """Return the frames in real time; closing this closes the frames that it plays."""
    try:
        yield from in_real_time(frames)
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()

"""Where live frames come from: one interface over phone, webcam, video, take and the demo."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

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
    """Delivers frames from a thread of its own between `start` and `stop`."""

    description: str
    error: Exception | None
    """What ended it, where it was not its own end."""

    def start(self, deliver: Deliver, on_end: Callable[[], None]) -> None: ...
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
        self._thread = threading.Thread(target=self._run, args=(deliver, on_end), name="source", daemon=True)
        self._thread.start()

    def stop(self) -> None:
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
        self._deliver = deliver

    def stop(self) -> None:
        self.server.stop()


def open_source(
    spec: str,
    *,
    port: int,
    config_dir: Path,
    puppet: Callable[[], bytes | None] = lambda: None,
    model: PhoneModel = lambda: None,
) -> FrameThread | PhoneSource:
    """The source that `spec` names; `puppet` and `model` are the phone page's. Raises CaptureError where it cannot be opened."""
    kind, _, value = spec.partition(":")
    if kind == "phone" and not value:
        return PhoneSource(port, config_dir, puppet, model)
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
    """In real time; closing this closes what it plays."""
    try:
        yield from in_real_time(frames)
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()

"""A live session: source, mailbox, driver, viewer and recorder put together and run."""

from __future__ import annotations

import io
import signal
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.newest_frame import NewestFrame
from capture.phone.phone_model import PhoneModel
from capture.sources.live_source import FrameThread, PhoneSource, open_source
from capture.sources.source_switch import SourceSwitch
from capture.takes.recorder import Recorder
from desktop_viewer.panel import PanelActions
from desktop_viewer.view import HeadViewer
from landmark_driver.character import Character
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.live.face_driver import DrivenFace, FaceDriver
from landmark_driver.live.latency import LatencyLog
from landmark_driver.live.live_loop import LiveLoop, LiveReport
from landmark_driver.solved_edits.resting_process import RestingProcess

_STATUS_PERIOD_S = 0.5


@dataclass(frozen=True)
class SessionSettings:
    """The settings of a live session; `seconds` None runs until its sources end."""

    sources: tuple[str, ...]
    head: str
    record: Path | None
    port: int
    viewer_port: int
    viewer: bool
    open_browser: bool
    seconds: float | None
    config_dir: Path
    driver: DriverName | None = None
    """None: the networks of a character that has any, else linear blendshapes."""


def run_session(
    settings: SessionSettings,
    say: Callable[[str], None],
    puppet: Callable[[Character], bytes | None] = lambda character: None,
    phone_model: Callable[[Character], Path | None] = lambda character: None,
) -> LiveReport:
    """Run a live session until its sources end, its time is over, or Ctrl-C.

    Args:
        settings: sources, head, viewer and recording.
        say: is called with every line for the user.
        puppet: makes the file of a character from which a phone drives it alone; None where there is none.
        phone_model: gives the path of the character's exported network (`capture/phone/phone_model.py`).

    Returns:
        The report: numbers of frames, frames a second, latencies in milliseconds.

    Raises:
        SoftdecaError: for bad input, by its own name. The error of a failed source is raised once the session is over.
    """
    character = Character.load(settings.head)
    driver = FaceDriver(character, driver=settings.driver, follows_evidence=True)
    mailbox: NewestFrame[LandmarkFrame] = NewestFrame()
    latency = LatencyLog()
    with ExitStack() as cleanup:
        if driver.tissue is not None:
            driver.tissue.solver = RestingProcess(character.head.neutral_vertices)
            cleanup.callback(driver.tissue.stop)
        if driver.evidence is not None:
            cleanup.callback(driver.evidence.stop)
        recorder = Recorder(", ".join(settings.sources))
        cleanup.callback(recorder.stop)
        if settings.record is not None:
            recorder.start(settings.record)
        sources = []
        for spec in settings.sources:
            sources.append(_open(spec, settings, lambda: puppet(character), lambda: phone_model(character)))
            cleanup.callback(sources[-1].stop)
        phone = next((source for source in sources if isinstance(source, PhoneSource)), None)
        outputs: list[Callable[[DrivenFace], None]] = []
        if settings.viewer:
            actions = _actions(settings, phone, driver, recorder)
            viewer = HeadViewer(character, latency, actions, settings.viewer_port)
            cleanup.callback(viewer.stop)
            outputs.append(viewer.show)
            _announce_viewer(viewer, settings, say)
        if phone is not None:
            outputs.append(_PhoneStatus(phone, recorder))
            _announce_phone(phone, say)

        def deliver(frame: LandmarkFrame) -> None:
            mailbox.put(frame)  # first: a full disk must not stop the face
            recorder.add(frame)

        SourceSwitch(deliver, driver.calibrate, mailbox.close).start(sources)
        with _stopped_by_signals(settings.seconds) as stopped:
            loop = LiveLoop(mailbox, driver, outputs, latency)
            report = loop.run(lambda: not stopped.is_set(), list(settings.sources))
    for source in sources:
        if source.error is not None:
            raise source.error
    if recorder.last_path is not None:
        say(f"recorded: {recorder.last_path}")
    return report


def _open(
    spec: str, settings: SessionSettings, puppet: Callable[[], bytes | None], model: PhoneModel
) -> FrameThread | PhoneSource:
    return open_source(spec, port=settings.port, config_dir=settings.config_dir, puppet=puppet, model=model)


def _announce_viewer(viewer: HeadViewer, settings: SessionSettings, say: Callable[[str], None]) -> None:
    address = f"http://localhost:{viewer.port}"
    say(f"viewer: {address}")
    if settings.open_browser:
        webbrowser.open(address)


def _announce_phone(phone: PhoneSource, say: Callable[[str], None]) -> None:
    say(f"{phone.server.qr_terminal()}\nphone: {phone.server.url}")
    say(f"first time on this phone? {phone.server.trust_url}")


class _PhoneStatus:
    """A sender of the desktop's state to the phone, at most twice a second."""

    def __init__(self, source: PhoneSource, recorder: Recorder):
        self._source, self._recorder = source, recorder
        self._since_s, self._count = time.perf_counter(), 0

    def __call__(self, face: DrivenFace) -> None:
        self._count += 1
        elapsed = time.perf_counter() - self._since_s
        if elapsed < _STATUS_PERIOD_S:
            return
        self._source.server.send_status(
            tracking=face.tracked,
            calibrated=face.calibrated,
            recording=self._recorder.recording,
            fps=self._count / elapsed,
        )
        self._since_s, self._count = time.perf_counter(), 0


def _actions(
    settings: SessionSettings, phone: PhoneSource | None, driver: FaceDriver, recorder: Recorder
) -> PanelActions:
    if phone is None:
        return PanelActions(
            driver.calibrate,
            recorder.toggle,
            lambda: f"source: {', '.join(settings.sources)}",
            tissue=driver.tissue,
        )
    server = phone.server
    return PanelActions(
        driver.calibrate,
        recorder.toggle,
        lambda: server.status.message,
        lambda: np.asarray(Image.open(io.BytesIO(server.qr_png())).convert("RGB")),
        driver.tissue,
    )


@contextmanager
def _stopped_by_signals(seconds: float | None) -> Iterator[threading.Event]:
    """Return an event that Ctrl-C, a termination request, or the end of `seconds` sets."""
    stopped = threading.Event()
    timer = threading.Timer(seconds, stopped.set) if seconds is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    in_main = threading.current_thread() is threading.main_thread()
    before = {}
    if in_main:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if timer is not None:
            timer.cancel()

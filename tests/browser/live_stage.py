"""The whole live path in one process: phone server, mailbox, driver, viewer; and browsers at both ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.newest_frame import NewestFrame
from capture.phone.phone_server import PhoneServer
from desktop_viewer.panel import PanelActions
from desktop_viewer.view import HeadViewer
from landmark_driver.character import Character
from landmark_driver.live.face_driver import DrivenFace, FaceDriver
from landmark_driver.live.latency import LatencyLog
from landmark_driver.live.live_loop import LiveLoop, LiveReport
from tests.browser.chromium import Chromium
from tests.free_port import free_port

TRUSTING = "--ignore-certificate-errors"
SOFTWARE_WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
BLOCKED_SOCKETS = (
    "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); } close() {} };"
)


class LiveStage:
    """Everything between the phone's packets and the viewer's page, running until `end`."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.faces: list[DrivenFace] = []
        self.report: LiveReport | None = None
        self._mailbox: NewestFrame[LandmarkFrame] = NewestFrame()
        self.server = PhoneServer(
            self._mailbox.put,
            port=0,
            config_dir=folder / "config",
            model_path=model,
            host="127.0.0.1",
            addresses=["127.0.0.1"],
        )
        character = Character.load("default")
        self.driver = FaceDriver(character)
        self.latency = LatencyLog()
        actions = PanelActions(self.driver.calibrate, source=lambda: self.server.status.message)
        self.viewer = HeadViewer(character, self.latency, actions, free_port())
        self._thread = threading.Thread(target=self._run, name="driver")

    def start(self) -> None:
        self.server.start()
        self._thread.start()

    def end(self) -> LiveReport:
        """Stops everything and tells what happened."""
        self.server.stop()
        self._mailbox.close()
        self._thread.join(10)
        self.viewer.stop()
        assert self.report is not None
        return self.report

    def page(self, query: str = "?delegate=cpu") -> str:
        """The phone page's address with a valid token."""
        return f"{self.server.origin}/{query}#{self.server.url.partition('#')[2]}"

    @property
    def viewer_page(self) -> str:
        return f"http://127.0.0.1:{self.viewer.port}"

    def _run(self) -> None:
        loop = LiveLoop(self._mailbox, self.driver, [self.viewer.show, self.faces.append], self.latency)
        self.report = loop.run(lambda: True, ["phone"])


@contextmanager
def live_stage(folder: Path, model: Path) -> Iterator[LiveStage]:
    stage = LiveStage(folder, model)
    stage.start()
    try:
        yield stage
    finally:
        if stage.report is None:
            stage.end()


def wait_for_state(browser: Chromium, state: str, timeout_s: float = 60) -> None:
    """Until the phone page is in `state` (tracking, no-face, lost, …)."""
    browser.wait_for(f"document.body.dataset.state === '{state}'", timeout_s)

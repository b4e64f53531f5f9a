"""The phone's page driving a head alone: the server that it comes from, and what it says about its frames."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import TracebackType

import numpy as np

from capture.frames.landmark_frame import LandmarkFrame
from capture.phone.phone_server import PhoneServer
from capture.tracking.tracking_model import find_tracking_model
from export.models.phone_file import phone_file
from landmark_driver.character import Character
from tests.browser.chromium import Chromium

NOTE_FRAMES = """
    window.puppetFrames = { count: 0, networkMs: [], kept: [], keep: 0 };
    document.addEventListener("puppetframe", ({ detail: { frame, face, networkMs } }) => {
      puppetFrames.count += 1;
      puppetFrames.networkMs.push(networkMs);
      if (puppetFrames.kept.length >= puppetFrames.keep) return;
      const numbers = (array) => (array ? Array.from(array) : null);
      puppetFrames.kept.push({
        sequence: frame.sequence, captureTimeS: frame.captureTimeS, imageSizePx: frame.imageSizePx,
        landmarks: numbers(frame.landmarks), faceTransform: numbers(frame.faceTransform),
        vertices: numbers(face.vertices), pose: numbers(face.pose), calibrated: face.calibrated,
      });
    });
"""
"""To be run before the page: counts its frames, and keeps the first `keep` of them."""


class PuppetServer:
    """A running phone server that offers a puppet, and the exported `network` where one is given."""

    def __init__(
        self,
        folder: Path,
        character: Character | None = None,
        model: Path | None = None,
        network: Path | None = None,
    ) -> None:
        shown = Character.load("default") if character is None else character
        self.frames: list[LandmarkFrame] = []
        self.puppet = cache(lambda: phone_file(shown))
        self.server = PhoneServer(
            self.frames.append,
            port=0,
            config_dir=folder / "config",
            model_path=model or find_tracking_model(),
            host="127.0.0.1",
            addresses=["127.0.0.1"],
            puppet=self.puppet,
            model=lambda: network,
        )

    def __enter__(self) -> PuppetServer:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()

    def page(self) -> str:
        """The page's address with a valid token, in the mode that this is about."""
        return f"{self.server.origin}/?delegate=cpu&mode=phone#{self.server.url.partition('#')[2]}"


def wait_for_puppet(browser: Chromium, timeout_s: float = 300) -> None:
    """Until the page has a neutral and drives the head."""
    browser.wait_for("document.body.dataset.state === 'on-phone'", timeout_s)


def kept_frames(browser: Chromium) -> tuple[list[LandmarkFrame], np.ndarray]:
    """The frames that were kept, as the desktop would have got them, and the vertices that the page made of them."""
    kept = browser.evaluate("puppetFrames.kept")
    frames = [
        LandmarkFrame(
            sequence=frame["sequence"],
            capture_time_s=frame["captureTimeS"],
            receive_time_s=frame["captureTimeS"],
            image_size_px=tuple(frame["imageSizePx"]),
            landmarks=_array(frame["landmarks"], (478, 3)),
            face_transform=_array(frame["faceTransform"], (4, 4)),
        )
        for frame in kept
    ]
    return frames, np.array([frame["vertices"] for frame in kept]).reshape(len(kept), -1, 3)


def _array(numbers: list[float] | None, shape: tuple[int, ...]) -> np.ndarray | None:
    return None if numbers is None else np.array(numbers, np.float32).reshape(shape)

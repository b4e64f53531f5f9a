"""From a camera to a moving head: Chromium with a camera that plays a face, our server, driver and viewer,
and a second Chromium that looks at the viewer.

Counts and order are asserted, never timing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from capture.phone.phone_app import PAGE
from landmark_driver.live.face_driver import DrivenFace
from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags, find_chromium
from tests.browser.live_stage import (
    BLOCKED_SOCKETS,
    SOFTWARE_WEBGL,
    TRUSTING,
    LiveStage,
    live_stage,
    wait_for_state,
)
from tests.capture.phone.fake_phone import wait_until
from tests.tracker_file import tracking_model_or_skip

pytestmark = [
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not (PAGE / "node_modules").exists(),
        reason="the page's parts are missing: npm ci --prefix capture/page",
    ),
]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LiveStage]:
    model = tracking_model_or_skip()
    with live_stage(tmp_path, model) as stage:
        yield stage


@pytest.fixture(scope="module")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_astronaut_video(tmp_path_factory.mktemp("camera") / "face.mjpeg", seconds=8)


@pytest.fixture
def phone(face_video: Path) -> Iterator[Chromium]:
    with Chromium([*fake_camera_flags(face_video), TRUSTING]) as browser:
        yield browser


def assert_driven_in_order(faces: list[DrivenFace]) -> None:
    sequences = [face.sequence for face in faces]
    assert sequences == sorted(set(sequences))
    captured = [face.capture_time_s for face in faces]
    assert captured == sorted(captured)
    for face in faces[10:]:  # the phone's clock is known from its first pings on
        assert face.capture_time_s <= face.receive_time_s <= face.vertices_time_s


def assert_report(stage: LiveStage, faces_at_least: int) -> None:
    report = stage.end()
    assert report.frames_in == report.frames_driven + report.frames_dropped
    assert report.frames_driven == len(stage.faces) >= faces_at_least
    assert report.tracked_fraction > 0.7
    assert set(report.latency_ms) == {
        "capture_to_receive",
        "receive_to_vertices",
        "capture_to_vertices",
        "vertices_to_viewer",
    }


@pytest.mark.parametrize("way", ["websocket", "post"])
def test_a_face_before_the_camera_moves_the_head_in_the_viewer(
    stage: LiveStage, phone: Chromium, way: str
) -> None:
    if way == "post":
        phone.before_every_page(BLOCKED_SOCKETS)
    phone.open(stage.page())
    wait_for_state(phone, "tracking")
    wait_until(lambda: len(stage.faces) >= 60, f"60 driven faces; {phone.errors()}", 90)
    wait_until(lambda: stage.driver.calibrated, "the neutral", 60)
    assert stage.server.status.transport == way
    assert stage.server.counts.rejected == 0
    assert_driven_in_order(stage.faces)
    seen = [face for face in stage.faces if face.tracked]
    assert all(np.isfinite(face.vertices).all() for face in stage.faces)
    assert max(np.abs(face.vertices - seen[0].vertices).max() for face in seen) > 1e-4
    assert_report(stage, 60)


def test_the_viewers_page_shows_the_moving_head_and_asks_nobody_else(
    stage: LiveStage, phone: Chromium, tmp_path: Path
) -> None:
    phone.open(stage.page())
    wait_for_state(phone, "tracking")
    with Chromium(SOFTWARE_WEBGL, size_px=(900, 600)) as screen:
        screen.open(stage.viewer_page)
        screen.wait_for("document.querySelector('canvas') !== null", 60)
        picture = wait_for_head(screen, tmp_path / "viewer.png")
        skin = skin_pixels(picture)
        assert skin.mean() > 0.04
        # The head is in the middle, and not a single colour.
        middle = np.argwhere(skin)[:, 1].mean() / picture.shape[1]
        assert 0.3 < middle < 0.7
        assert picture[skin].std(axis=0).min() > 8
        wait_until(lambda: len(stage.faces) >= 30, "30 driven faces", 60)
        asked = {urlsplit(url).netloc for url in screen.requests() if url != "about:blank"}
        assert asked - {""} == {f"127.0.0.1:{stage.viewer.port}"}
        assert {urlsplit(url).scheme for url in screen.requests()} <= {"http", "ws", "about", "blob", "data"}
    assert_driven_in_order(stage.faces)
    assert_report(stage, 30)


def wait_for_head(screen: Chromium, file: Path) -> np.ndarray:
    """A screenshot, red, green, blue, as soon as there is a head in it."""
    pictures: list[np.ndarray] = []

    def head_is_there() -> bool:
        screen.screenshot(file)
        picture = cv2.imread(str(file))
        assert picture is not None
        pictures.append(picture[:, :, ::-1].astype(float))
        return skin_pixels(pictures[-1]).mean() > 0.04

    wait_until(head_is_there, f"a head in the viewer; {screen.errors()}", 90)
    return pictures[-1]


def skin_pixels(picture: np.ndarray) -> np.ndarray:
    """Where a picture is clearly redder than blue: backdrop and panel are grey."""
    red, _, blue = np.moveaxis(picture, 2, 0)
    return red > blue + 25

"""The phone page end to end: Chromium with a camera that plays a face, our server, the frames delivered.

Counts and order are asserted, never timing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from capture.frames.landmark_frame import LandmarkFrame
from capture.phone.phone_app import PAGE
from capture.phone.phone_server import PhoneServer
from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags, find_chromium
from tests.capture.phone.fake_phone import SocketPhone, wait_until
from tests.tracker_file import tracking_model_or_skip

pytestmark = [
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not (PAGE / "node_modules").exists(),
        reason="the page's parts are missing: npm ci --prefix capture/page",
    ),
]

TRUSTING = "--ignore-certificate-errors"
BLOCKED_SOCKETS = (
    "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); } close() {} };"
)


class Studio:
    """A running server and the frames it delivered."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.frames: list[LandmarkFrame] = []
        self.folder = folder
        self.server = PhoneServer(
            self.frames.append,
            port=0,
            config_dir=folder / "config",
            model_path=model,
            host="127.0.0.1",
            addresses=["127.0.0.1"],
        )
        self.server.start()

    def url(self, query: str = "?delegate=cpu") -> str:
        """The page's address with a valid token."""
        return f"{self.server.origin}/{query}#{self.server.url.partition('#')[2]}"

    def wait_for_frames(self, browser: Chromium, count: int) -> list[LandmarkFrame]:
        """`count` further frames, while the page keeps running."""
        start = len(self.frames)
        wait_until(lambda: len(self.frames) >= start + count, f"{count} frames; {browser.errors()}", 60)
        return self.frames[start:]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path, tracking_model_or_skip())
    yield studio
    studio.server.stop()


@pytest.fixture(scope="module")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_astronaut_video(tmp_path_factory.mktemp("camera") / "face.mjpeg", seconds=10)


@pytest.fixture
def browser(face_video: Path) -> Iterator[Chromium]:
    with Chromium([*fake_camera_flags(face_video), TRUSTING]) as browser:
        yield browser


def wait_for_state(browser: Chromium, state: str, timeout_s: float = 60) -> None:
    browser.wait_for(f"document.body.dataset.state === '{state}'", timeout_s)


def assert_order_and_sense(frames: list[LandmarkFrame]) -> None:
    sequences = [frame.sequence for frame in frames]
    assert sequences == sorted(set(sequences))
    captured = [frame.capture_time_s for frame in frames]
    assert captured == sorted(set(captured))
    assert all(frame.capture_time_s <= frame.receive_time_s for frame in frames[5:])


def assert_mostly_faces(frames: list[LandmarkFrame]) -> None:
    """The video jumps where it starts over, and a tracker on a busy machine may lose the face there."""
    assert sum(frame.has_face for frame in frames) > 0.8 * len(frames)


def assert_nobody_else_was_asked(studio: Studio, browser: Chromium) -> None:
    """Neither side saw a request between any but these two, and the policy had nothing to stop."""
    ours = urlsplit(studio.server.origin).netloc
    asked = [url for url in browser.requests() if url != "about:blank"]
    assert len(asked) > 20
    assert {urlsplit(url).netloc for url in asked} == {ours}
    assert {request.client for request in studio.server.requests} == {"127.0.0.1"}
    assert all(request.status in (101, 200, 304) for request in studio.server.requests)
    assert browser.policy_violations() == []
    assert browser.errors() == []


def test_the_page_delivers_a_tracked_face_in_order_and_talks_to_nobody_else(
    studio: Studio, browser: Chromium
) -> None:
    browser.open(studio.url())
    wait_for_state(browser, "tracking")
    frames = studio.wait_for_frames(browser, 60)
    assert studio.server.status.transport == "websocket"
    assert_order_and_sense(frames)
    assert_mostly_faces(frames)
    assert studio.server.counts.rejected == studio.server.counts.late == studio.server.counts.duplicates == 0
    assert_nobody_else_was_asked(studio, browser)


def test_what_arrives_is_what_mediapipe_saw(studio: Studio, browser: Chromium) -> None:
    browser.open(studio.url())
    frame = studio.wait_for_frames(browser, 20)[-1]
    assert frame.image_size_px == (640, 480)
    assert frame.landmarks is not None and frame.face_transform is not None and frame.blendshapes is not None
    assert 0 < frame.landmarks[:, :2].min() < frame.landmarks[:, :2].max() < 1
    rotation = frame.face_transform[:3, :3].astype(float)
    scale = np.linalg.norm(rotation, axis=0)
    np.testing.assert_allclose(rotation.T @ rotation, np.diag(scale**2), atol=1e-4)
    # In front of the camera, and translation in the last column: row by row.
    assert -100 < frame.face_transform[2, 3] < -10
    np.testing.assert_array_equal(frame.face_transform[3], [0, 0, 0, 1])
    assert 0 <= frame.blendshapes.min() <= frame.blendshapes.max() <= 1
    # She smiles.
    assert frame.blendshapes[23:25].min() > 0.3


def test_a_browser_without_workers_tracks_in_the_page(studio: Studio, browser: Chromium) -> None:
    browser.before_every_page(
        "window.started = 0; window.Worker = class { constructor() { started += 1; throw new Error('none here'); } };"
    )
    browser.open(studio.url())
    wait_for_state(browser, "tracking")
    assert_mostly_faces(studio.wait_for_frames(browser, 20))
    assert browser.evaluate("window.started") == 1


def test_post_takes_over_by_itself_where_the_websocket_is_refused(studio: Studio, browser: Chromium) -> None:
    browser.before_every_page(BLOCKED_SOCKETS)
    browser.open(studio.url())
    wait_for_state(browser, "tracking")
    frames = studio.wait_for_frames(browser, 60)
    assert studio.server.status.transport == "post"
    assert_order_and_sense(frames)
    assert_mostly_faces(frames)
    assert studio.server.counts.rejected == 0
    assert_nobody_else_was_asked(studio, browser)


def test_landmarks_only_sends_smaller_pictures_landmarks_and_no_scores(
    studio: Studio, browser: Chromium
) -> None:
    browser.open(studio.url("?delegate=cpu&mode=landmarks"))
    frame = studio.wait_for_frames(browser, 10)[-1]
    assert frame.has_face
    assert frame.blendshapes is None
    assert frame.image_size_px[0] <= 480


def test_the_page_comes_back_by_itself_after_the_server_was_gone(studio: Studio, browser: Chromium) -> None:
    browser.open(studio.url())
    wait_for_state(browser, "tracking")
    studio.server.stop()
    wait_for_state(browser, "lost")
    assert browser.evaluate("document.getElementById('title').textContent") == "Desktop closed"
    studio.server.start()
    wait_for_state(browser, "tracking")
    studio.wait_for_frames(browser, 5)


def test_a_reloaded_page_needs_no_new_code(studio: Studio, browser: Chromium) -> None:
    browser.open(studio.url())
    wait_for_state(browser, "tracking")
    assert browser.evaluate("location.hash") == ""
    browser.command("Page.reload")
    studio.wait_for_frames(browser, 20)
    wait_for_state(browser, "tracking")


def test_a_used_code_is_refused_in_words(studio: Studio, browser: Chromium) -> None:
    url = studio.url()
    phone = SocketPhone(studio.server.port, str(studio.folder / "config/certificates/authority.crt"))
    phone.pair(url)
    browser.open(url)
    wait_for_state(browser, "refused")
    assert browser.evaluate("document.getElementById('title').textContent") == "Code already used"
    assert "Show a new code on the desktop" in browser.evaluate(
        "document.getElementById('detail').textContent"
    )
    assert studio.server.status.device == "fake phone"
    phone.close()


def test_the_performer_reads_what_the_desktop_says(studio: Studio, browser: Chromium) -> None:
    browser.open(studio.url())
    wait_for_state(browser, "tracking")
    studio.server.send_status(tracking=True, calibrated=True, recording=True, fps=30)
    browser.wait_for("document.body.dataset.recording === 'true'")
    browser.wait_for("document.getElementById('detail').textContent === 'Recording'")


def test_a_picture_without_a_face_is_a_header_and_a_hint(studio: Studio, tmp_path: Path) -> None:
    wall = cv2.imencode(".jpg", np.full((480, 640, 3), 100, np.uint8))[1].tobytes()
    (tmp_path / "wall.mjpeg").write_bytes(wall * 10)
    with Chromium([*fake_camera_flags(tmp_path / "wall.mjpeg"), TRUSTING]) as browser:
        browser.open(studio.url())
        wait_for_state(browser, "no-face")
        frames = studio.wait_for_frames(browser, 10)
    assert not any(frame.has_face for frame in frames)


def test_a_page_that_may_not_use_the_camera_says_what_to_do(studio: Studio) -> None:
    with Chromium(["--use-fake-device-for-media-stream", TRUSTING]) as browser:
        browser.deny_camera()
        browser.open(studio.url())
        wait_for_state(browser, "camera-denied")
        assert browser.evaluate("document.getElementById('title').textContent") == "Camera blocked"
        assert browser.evaluate("document.getElementById('detail').textContent") == (
            "This page may not use the camera. Allow it in the browser's settings for this site "
            "(the icon beside the address), then tap Try again."
        )
        assert browser.evaluate("document.getElementById('action').textContent") == "Try again"


def test_a_device_without_a_camera_says_so(studio: Studio) -> None:
    with Chromium(["--use-fake-ui-for-media-stream", TRUSTING]) as browser:
        browser.open(studio.url())
        wait_for_state(browser, "camera-missing")
        assert browser.evaluate("document.getElementById('title').textContent") == "No camera"


def test_a_tracker_that_cannot_be_loaded_is_a_message_and_the_server_goes_on(
    tmp_path: Path, browser: Chromium
) -> None:
    broken = tmp_path / "face_landmarker.task"
    broken.write_bytes(b"not a model")
    studio = Studio(tmp_path, broken)
    try:
        browser.open(studio.url())
        wait_for_state(browser, "tracker")
        assert browser.evaluate("document.getElementById('title').textContent") == "Tracker failed"
        assert studio.server.connected
    finally:
        studio.server.stop()


def test_the_trust_page_asks_for_nothing_from_elsewhere(studio: Studio) -> None:
    with Chromium([TRUSTING]) as browser:
        browser.open(studio.server.trust_url)
        browser.wait_for("document.querySelector('.fingerprint') !== null")
        assert browser.policy_violations() == []
        assert {urlsplit(url).netloc for url in browser.requests() if url != "about:blank"} == {
            urlsplit(studio.server.origin).netloc
        }

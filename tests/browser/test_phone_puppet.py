"""The page puppeteers alone: Chromium with a camera that plays a face, and for a while our server.

Counts and numbers are asserted, never timing; frames a second are measured by tests/benchmarks/phone_puppet.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from capture.phone_app import PAGE
from landmark_driver.character import Character
from landmark_driver.face_driver import FaceDriver
from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags, find_chromium
from tests.browser.live_stage import SOFTWARE_WEBGL, TRUSTING, wait_for_state
from tests.browser.puppet_page import NOTE_FRAMES, PuppetServer, kept_frames, wait_for_puppet
from tests.tracker_file import tracking_model_or_skip

pytestmark = [
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not (PAGE / "node_modules/three").exists(),
        reason="the page's parts are missing: npm ci --prefix capture/page",
    ),
]

_KEPT = 60
_TOLERANCE_M = 1e-5


@pytest.fixture(scope="module")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_astronaut_video(tmp_path_factory.mktemp("camera") / "face.mjpeg", seconds=8)


@pytest.fixture
def browser(face_video: Path) -> Iterator[Chromium]:
    with Chromium([*fake_camera_flags(face_video), TRUSTING, *SOFTWARE_WEBGL]) as browser:
        browser.before_every_page(NOTE_FRAMES)
        yield browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PuppetServer]:
    with PuppetServer(tmp_path, model=tracking_model_or_skip()) as server:
        yield server


def driven(browser: Chromium) -> int:
    """Frames that the page drove so far."""
    return browser.evaluate("puppetFrames.count")


def wait_for_more(browser: Chromium, count: int) -> None:
    browser.wait_for(f"puppetFrames.count >= {driven(browser) + count}", 300)


def test_the_page_moves_the_head_as_the_desktop_would_and_sends_it_nothing(
    server: PuppetServer, browser: Chromium
) -> None:
    browser.before_every_page(f"puppetFrames.keep = {_KEPT};")
    browser.open(server.page())
    wait_for_puppet(browser)
    browser.wait_for(f"puppetFrames.kept.length === {_KEPT}", 300)
    frames, vertices = kept_frames(browser)
    driver = FaceDriver(Character.load("default"))
    desktop = np.array([driver(frame).vertices for frame in frames])
    assert np.linalg.norm(vertices - desktop, axis=2).max() < _TOLERANCE_M
    assert sum(frame.has_face for frame in frames) > 0.8 * len(frames)
    assert np.ptp(vertices, axis=0).max() > 1e-4
    assert server.frames == []
    assert browser.policy_violations() == []
    assert browser.errors() == []
    ours = urlsplit(server.server.origin).netloc
    assert {urlsplit(url).netloc for url in browser.requests() if url != "about:blank"} == {ours}


def test_the_head_is_drawn_and_follows_the_face(
    server: PuppetServer, browser: Chromium, tmp_path: Path
) -> None:
    browser.open(server.page())
    wait_for_puppet(browser)
    pictures = []
    for number in range(2):
        wait_for_more(browser, 12)
        browser.screenshot(tmp_path / f"{number}.png")
        picture = cv2.imread(str(tmp_path / f"{number}.png"))
        assert picture is not None
        pictures.append(picture[120:500].astype(float))
    blue, _, red = np.moveaxis(pictures[0], 2, 0)
    skin = red > blue + 25
    assert 0.2 < skin.mean() < 0.8
    assert pictures[0][skin].std(axis=0).min() > 8, "the head has a single colour"
    assert np.abs(pictures[1] - pictures[0]).mean() > 0.2, "nothing moved"


def test_a_running_head_does_not_miss_the_desktop(server: PuppetServer, browser: Chromium) -> None:
    browser.open(server.page())
    wait_for_puppet(browser)
    server.server.stop()
    wait_for_more(browser, 30)
    assert browser.evaluate("document.body.dataset.state") in ("on-phone", "no-face")


def test_a_kept_page_opens_and_drives_without_the_desktop(server: PuppetServer, browser: Chromium) -> None:
    browser.open(server.page())
    wait_for_puppet(browser)
    browser.wait_for("document.getElementById('transport').textContent === 'Works offline'", 300)
    server.server.stop()
    browser.command(
        "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0
    )
    browser.open(f"{server.server.origin}/?delegate=cpu&mode=phone")
    wait_for_puppet(browser)
    wait_for_more(browser, 20)


def test_the_switch_goes_both_ways_and_is_kept(server: PuppetServer, browser: Chromium) -> None:
    browser.open(server.page().replace("mode=phone", "mode=landmarks"))
    wait_for_state(browser, "tracking")
    browser.evaluate("document.querySelector('[data-mode=phone]').click()")
    wait_for_puppet(browser)
    before = len(server.frames)
    wait_for_more(browser, 10)
    assert len(server.frames) <= before + 1
    browser.evaluate("document.querySelector('[data-mode=landmarks]').click()")
    wait_for_state(browser, "tracking")
    assert browser.evaluate("JSON.parse(localStorage.getItem('softdeca.settings')).mode") == "landmarks"


def test_a_head_without_networks_is_left_to_the_desktop_in_words(browser: Chromium, tmp_path: Path) -> None:
    linear = replace(Character.load("default"), network=None)
    with PuppetServer(tmp_path, linear, tracking_model_or_skip()) as server:
        browser.open(server.page())
        wait_for_state(browser, "puppet-none")
        assert browser.evaluate("document.getElementById('title').textContent") == "No networks"

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

from capture.phone.page_packages import FOLDER, is_installed
from capture.phone.phone_app import PAGE
from landmark_driver.character import Character
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.shipped_networks import shipped_weights
from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags, find_chromium
from tests.browser.live_stage import SOFTWARE_WEBGL, TRUSTING, wait_for_state
from tests.browser.puppet_page import NOTE_FRAMES, PuppetServer, kept_frames, wait_for_puppet
from tests.export.models.exported_default import needs
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
_LIPS_TOLERANCE_M = 1e-4
"""Lips that just touch are moved apart by a margin, or are not, as the last digit has it: up to 0.06 mm."""


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


def _agree(vertices: np.ndarray, desktop: np.ndarray) -> None:
    away = np.linalg.norm(vertices - desktop, axis=2)
    assert away.max() < _LIPS_TOLERANCE_M
    assert np.delete(away, shipped_weights().lips.moving, axis=1).max() < _TOLERANCE_M


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
    _agree(vertices, desktop)
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
    browser.evaluate("document.querySelector('[value=phone]').click()")
    wait_for_puppet(browser)
    before = len(server.frames)
    wait_for_more(browser, 10)
    assert len(server.frames) <= before + 1
    browser.evaluate("document.querySelector('[value=landmarks]').click()")
    wait_for_state(browser, "tracking")
    assert browser.evaluate("JSON.parse(localStorage.getItem('softdeca.settings')).mode") == "landmarks"


def test_a_head_without_networks_is_left_to_the_desktop_in_words(browser: Chromium, tmp_path: Path) -> None:
    linear = replace(Character.load("default"), network=None)
    with PuppetServer(tmp_path, linear, tracking_model_or_skip()) as server:
        browser.open(server.page())
        wait_for_state(browser, "puppet-none")
        assert browser.evaluate("document.getElementById('title').textContent") == "No networks"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default head's exported model."""
    needs("torch", "litert_torch", "ai_edge_litert")
    if not is_installed(PAGE / FOLDER):
        pytest.skip("LiteRT.js is not installed: npm ci --prefix capture/page")
    from export.models.export_model import export_model

    path = tmp_path_factory.mktemp("network") / "head.tflite"
    export_model(Character.load("default"), "tflite", path)
    return path


NOTE_RUNTIME = """
    window.fallback = null;
    window.runtimes = [];
    document.addEventListener("puppetfallback", ({ detail }) => { fallback = detail; });
    document.addEventListener("puppetframe", ({ detail: { runtime } }) => { runtimes.push(runtime); });
"""


@pytest.mark.parametrize("edits", [{}, {"cheek_left.strength": 0.0, "all.stiffness": 0.4}])
def test_the_exported_model_takes_over_and_moves_every_vertex_as_the_desktop_does(
    edits: dict[str, float], browser: Chromium, network: Path, tmp_path: Path
) -> None:
    character = Character.load("default").with_material(edits, gravity=(0.0, -9.81, 2.0 if edits else 0.0))
    browser.before_every_page(f"{NOTE_RUNTIME} puppetFrames.keep = 10000;")
    with PuppetServer(tmp_path, character, tracking_model_or_skip(), network) as server:
        browser.open(server.page())
        enough = f"runtimes.filter((name) => name === 'LiteRT.js').length >= {_KEPT}"
        browser.wait_for(f"fallback || {enough}", 300)
        browser.evaluate("puppetFrames.keep = 0")
        assert browser.evaluate("fallback") is None
        assert browser.evaluate(enough)
        frames, vertices = kept_frames(browser)
        runtimes = browser.evaluate("runtimes")[: len(frames)]
        assert runtimes == sorted(runtimes), "plain JavaScript first, LiteRT.js from then on"
        driver = FaceDriver(character)
        desktop = np.array([driver(frame).vertices for frame in frames])
        _agree(vertices, desktop)
        assert browser.evaluate("document.getElementById('network').textContent").startswith("LiteRT.js")
        assert browser.policy_violations() == []
        assert browser.errors() == []


def test_the_model_is_kept_for_times_without_the_desktop(
    browser: Chromium, network: Path, tmp_path: Path
) -> None:
    browser.before_every_page(NOTE_RUNTIME)
    with PuppetServer(tmp_path, model=tracking_model_or_skip(), network=network) as server:
        browser.open(server.page())
        browser.wait_for("runtimes.includes('LiteRT.js')", 300)
        browser.wait_for("document.getElementById('transport').textContent === 'Works offline'", 300)
        origin = server.server.origin
    browser.command(
        "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0
    )
    browser.open(f"{origin}/?delegate=cpu&mode=phone")
    browser.wait_for("runtimes.includes('LiteRT.js')", 300)


@pytest.mark.parametrize("damage", ["cut short", "other weights"])
def test_a_damaged_model_is_named_and_plain_javascript_goes_on(
    damage: str, browser: Chromium, network: Path, tmp_path: Path
) -> None:
    whole = network.read_bytes()
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(whole[: len(whole) // 3] if damage == "cut short" else _with_other_weights(whole))
    browser.before_every_page(NOTE_RUNTIME)
    with PuppetServer(tmp_path, model=tracking_model_or_skip(), network=broken) as server:
        browser.open(server.page())
        browser.wait_for("fallback", 300)
        said = browser.evaluate("fallback")
        assert said["name"] == "ModelError"
        expected = (
            "a model that LiteRT.js runs" if damage == "cut short" else "this head's model, within 0.01 mm"
        )
        assert said["reason"].startswith(f"Expected {expected}, got one that ")
        assert said["reason"].endswith("The head goes on in plain JavaScript.")
        wait_for_puppet(browser)
        wait_for_more(browser, 20)
        assert set(browser.evaluate("runtimes")) == {"JavaScript"}


def _with_other_weights(model: bytes) -> bytes:
    """A thousand numbers in the middle of a constant, each with other lowest bytes of its exponent."""
    middle = len(model) // 2 // 4 * 4
    numbers = np.frombuffer(model, np.uint8).copy()
    numbers[middle + 2 : middle + 4002 : 4] ^= 0x7F
    numbers[middle + 3 : middle + 4003 : 4] = 0x3F
    return numbers.tobytes()

"""A browser's way to a report: pairing, the page's parts, what comes back, and a real Chromium where there is one."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capture.tracking.tracking_model import TrackingModelError, find_tracking_model
from firmware_bench.devices import headless_browser
from firmware_bench.devices.bench_page import PageSettings, bench_browser, bench_phone
from firmware_bench.devices.face_picture import SIZE_PX, face_picture
from firmware_bench.devices.headless_browser import HeadlessBrowser
from firmware_bench.devices.page_app import PAGE, PageContent
from firmware_bench.devices.page_result import browser_name, report_from_page
from firmware_bench.devices.page_server import PageServer
from firmware_bench.measure.bench_error import BrowserError
from firmware_bench.report.bench_report import with_budget
from landmark_driver.character import Character
from tests.browser.chromium import find_chromium
from tests.firmware_bench.report.test_reports import CONTRACT, SCHEMA
from tests.free_port import free_port

ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"


def row(model: str, ms: float, calls: int = 1) -> dict[str, Any]:
    """Twelve rounds of three batches."""
    return {
        "model": model,
        "runtime": "javascript",
        "calls": calls,
        "rounds": [[ms, 1.1 * ms, 0.9 * ms]] * 12,
        "macs": 1000,
        "bytes": 4000,
        "init_ms": 5.0,
    }


RESULT: dict[str, Any] = {
    "device": {
        "user_agent": ANDROID,
        "model": None,
        "platform": "Linux aarch64",
        "cores": 8,
        "isolated": True,
    },
    "clock_step_ms": 0.1,
    "max_error_mm": 2e-5,
    "was_hidden": False,
    "battery": {"before": {"level": 0.8, "charging": False}, "after": None},
    "rows": [
        row("yardstick", 1.0),
        row("linear blendshapes", 0.5, 8),
        row("network", 1.5),
        row("chain", 9.0),
    ],
    "absent": [{"model": "tracker", "runtime": "mediapipe GPU", "note": "no face"}],
    "curve": [{"minutes": 0.5, "rows": {"network (javascript)": 1.6}, "battery": None}],
}


def report_of(result: Any):
    return report_from_page(result, "phone", "default", 10.0, "2026-01-01T00:00:00+00:00")


def test_a_result_is_a_report_with_the_device_the_clock_and_the_curve() -> None:
    report = report_of(RESULT)
    jsonschema.validate(json.loads(json.dumps(report.to_json())), SCHEMA)
    assert set(CONTRACT) <= set(report.to_json())
    assert (report.main.model, report.main.p50_ms, report.main.device) == (
        "network",
        1.5,
        "Pixel 8, Chrome 126",
    )
    assert report.main.over_blendshapes == pytest.approx(3.0)
    assert report.device["clock_step_ms"] == 0.1 and report.device["isolated"] is True
    assert report.device["battery_before"] == {"level": 0.8, "charging": False}
    assert report.sustained[0]["minutes"] == 0.5 and report.sustained[0]["p50_ms"] == 1.6
    assert report.problems == ("tracker (mediapipe GPU): no face",)
    blendshapes = report.row("linear blendshapes")
    assert blendshapes is not None and blendshapes.runs == 8 * 36
    assert blendshapes.note == "percentiles of means of 8 calls"
    assert with_budget(report, 10.0, "chain").within_budget is True
    assert with_budget(report, 5.0, "chain").within_budget is False


def test_a_page_that_was_not_in_front_is_told() -> None:
    assert "not in front" in report_of({**RESULT, "was_hidden": True}).problems[-1]


def test_a_browser_that_computes_something_else_is_refused() -> None:
    with pytest.raises(
        BrowserError, match=r"Expected the browser's vertices within 0\.001 mm of NumPy's, got 0\.5 mm"
    ):
        report_of({**RESULT, "max_error_mm": 0.5})
    with pytest.raises(BrowserError, match=r"got nan mm"):
        report_of({**RESULT, "max_error_mm": float("nan")})


@pytest.mark.parametrize(
    "change",
    [
        {"rows": []},
        {"rows": [{**row("network", 1.0), "rounds": []}]},
        {"rows": [{**row("network", 1.0), "rounds": [[]]}]},
        {"rows": [{**row("network", 1.0), "rounds": [[-1.0]]}]},
        {"rows": [{**row("network", 1.0), "rounds": [["fast"]]}]},
        {"rows": [{**row("network", 1.0), "model": 7}]},
        {"rows": [{**row("network", 1.0), "macs": -5}]},
        {"clock_step_ms": 0},
        {"curve": [{"minutes": 1}]},
        {"battery": None},
        {"device": []},
    ],
)
def test_anything_else_that_is_sent_is_refused_in_words(change: dict[str, Any]) -> None:
    with pytest.raises(BrowserError, match=r"Expected a result of the bench's page, got something else"):
        report_of({**deepcopy(RESULT), **change})
    for nonsense in (None, [], "result", 7):
        with pytest.raises(BrowserError):
            report_of(nonsense)


def test_browsers_are_named_by_what_they_call_themselves() -> None:
    assert browser_name(ANDROID) == "Chrome 126" and browser_name(IPHONE) == "Safari 17.5"
    assert browser_name("Mozilla/5.0 Gecko/20100101 Firefox/133.0") == "Firefox 133"
    assert browser_name("Mozilla/5.0 Chrome/126.0 Safari/537.36 Edg/126.0") == "Edge 126"
    assert browser_name("curl") == "an unknown browser"
    named = report_of({**RESULT, "device": {"user_agent": IPHONE, "platform": "iPhone"}})
    assert named.main.device == "iPhone, Safari 17.5"


CONTENT = PageContent(b"network", b"png", None, None, 1.0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageServer]:
    with PageServer(
        CONTENT, config_dir=tmp_path, port=0, host="127.0.0.1", addresses=["127.0.0.1"]
    ) as server:
        yield server


def asked(
    server: PageServer, method: str, path: str, body: str = "", session: str = ""
) -> tuple[http.client.HTTPResponse, bytes]:
    address = server.url.removeprefix("https://").partition("/")[0]
    trusting = ssl.create_default_context(cafile=str(server.certificate.parent / "authority.crt"))
    connection = http.client.HTTPSConnection(address, context=trusting, timeout=10)
    connection.request(method, path, body or None, {"Authorization": f"Bearer {session}"} if session else {})
    with closing(connection):
        answer = connection.getresponse()
        return answer, answer.read()


def test_without_the_code_there_is_the_page_and_nothing_else(server: PageServer) -> None:
    answer, page = asked(server, "GET", "/")
    assert answer.status == 200 and b"softdeca" in page
    assert answer.getheader("Cross-Origin-Embedder-Policy") == "require-corp"
    assert "connect-src 'self'" in (answer.getheader("Content-Security-Policy") or "")
    for method, path in (("GET", "/network.bin"), ("GET", "/face.png"), ("POST", "/result")):
        refused, said = asked(server, method, path, "{}" if method == "POST" else "", "guessed")
        assert refused.status == 401 and b"Expected a paired phone" in said
    assert asked(server, "POST", "/pair", '{"token": "guessed"}')[0].status == 401
    assert asked(server, "POST", "/pair", "not json")[0].status == 401


def test_the_modules_that_the_page_fractions_with_the_phones_are_served_where_it_imports_them(
    server: PageServer,
) -> None:
    imported = re.findall(r'from "(?:\.\./)+(capture/page/[^"]+)"', (PAGE / "network.js").read_text("utf-8"))
    assert "capture/page/puppet/network/frame_program.js" in imported
    for path in imported:
        answer, body = asked(server, "GET", f"/{path}")
        assert answer.status == 200 and body
        assert (answer.getheader("Content-Type") or "").startswith("text/javascript")
    assert asked(server, "GET", "/capture/page/main.js")[0].status == 404


def test_the_code_works_once_and_its_session_gets_everything(server: PageServer) -> None:
    token = server.url.partition("#")[2]
    answer, body = asked(server, "POST", "/pair", json.dumps({"token": token}))
    settings = json.loads(body)
    assert answer.status == 200
    assert (settings["seconds"], settings["tracker"]) == (1.0, False)
    assert asked(server, "POST", "/pair", json.dumps({"token": token}))[0].status == 401
    session = settings["session"]
    assert asked(server, "GET", "/network.bin", session=session)[1] == b"network"
    assert asked(server, "GET", "/face.png", session=session)[1] == b"png"
    assert asked(server, "POST", "/result", "not json", session)[0].status == 400
    assert asked(server, "POST", "/result", json.dumps(RESULT), session)[0].status == 204
    assert server.wait_for_result(5) == RESULT


def test_a_page_that_stays_silent_or_a_browser_that_ends_is_told(server: PageServer) -> None:
    with pytest.raises(
        BrowserError, match=r"Expected the page to send its result within 0 s, got none\. Leave the page"
    ):
        server.wait_for_result(0.3)
    with pytest.raises(BrowserError, match=r"got none"):
        server.wait_for_result(60, alive=lambda: False)


def test_without_a_chromium_the_error_names_the_other_way(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headless_browser.shutil, "which", lambda name: None)
    with pytest.raises(BrowserError, match=r"Expected a Chromium on this machine .*use --target phone"):
        HeadlessBrowser(server.url, server.certificate)


def test_the_picture_shows_a_head_in_the_middle(character: Character) -> None:
    picture = face_picture(character).astype(int)
    assert picture.shape == (SIZE_PX, SIZE_PX, 3)
    skin = picture[..., 2] > picture[..., 0] + 15
    assert 0.1 < skin.mean() < 0.6
    assert skin[:, SIZE_PX // 2].mean() > 3 * skin[:, 10].mean()


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
def test_a_headless_chromium_measures_unattended(tmp_path: Path) -> None:
    report = bench_browser(PageSettings(tmp_path, seconds=0.5, tracker=False))
    jsonschema.validate(json.loads(json.dumps(report.to_json())), SCHEMA)
    assert report.device["max_error_mm"] < 1e-3 and report.device["isolated"] is True
    models = {row.model for row in report.rows if row.p50_ms}
    assert {"yardstick", "linear blendshapes", "network"} <= models
    assert report.main.runs > 0 and report.main.init_ms
    assert any("no MediaPipe page or model" in problem for problem in report.problems)
    litert = any(row.runtime == "litert.js" and row.p50_ms for row in report.rows)
    assert litert or any("LiteRT.js" in problem for problem in report.problems)


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
def test_mediapipe_sees_the_picture_and_the_chain_is_measured(tmp_path: Path) -> None:
    from capture.phone.phone_app import PAGE as PHONE_PAGE

    if not (PHONE_PAGE / "node_modules").exists():
        pytest.skip("the page's parts are missing: npm ci --prefix capture/page")
    try:
        find_tracking_model()
    except TrackingModelError as error:
        pytest.skip(str(error))
    report = bench_browser(PageSettings(tmp_path, seconds=1.0))
    assert not [problem for problem in report.problems if "mediapipe" in problem]
    chain, tracker = report.row("chain"), report.row("tracker")
    assert chain is not None and tracker is not None and chain.runs > 0
    assert replace(report).row("network") == report.main


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
def test_a_phone_is_any_browser_that_opens_the_address_that_is_shown(tmp_path: Path) -> None:
    opened: list[HeadlessBrowser] = []

    def scan(said: str) -> None:
        """What a phone's camera would do."""
        assert "█" in said or "▄" in said
        browser = HeadlessBrowser(said.split()[-1], tmp_path / "certificates/server.crt")
        opened.append(browser.__enter__())

    try:
        report = bench_phone(PageSettings(tmp_path, seconds=0.5, port=free_port(), tracker=False), scan)
    finally:
        for browser in opened:
            browser.__exit__(None, None, None)
    assert report.target == "phone" and report.main.runs > 0
    assert report.device["max_error_mm"] < 1e-3

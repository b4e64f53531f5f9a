"""What the phone page says and what the performer chose, run in node."""

from __future__ import annotations

from typing import Any

import pytest

from tests.capture.page.fake_controls import controls_of, touched
from tests.node import PAGE, run_module

LINK = {"phase": "open", "code": "", "message": "", "failing": False, "before": True}
RUNNING = {
    "problem": "",
    "link": LINK,
    "trackerReady": True,
    "cameraReady": True,
    "face": True,
    "desktop": {"calibrated": True, "recording": False},
}


def describe(**changes: Any) -> dict[str, str]:
    show = "const { describe } = await import(PAGE + '/screen/status_text.js');"
    return run_module(show + "console.log(JSON.stringify(describe(argument)));", {**RUNNING, **changes})


@pytest.mark.parametrize(
    ("changes", "tone", "title"),
    [
        ({}, "good", "Tracking"),
        ({"face": False}, "warn", "No face"),
        ({"link": {**LINK, "phase": "connecting"}}, "wait", "Connecting"),
        ({"trackerReady": False}, "wait", "Loading"),
        ({"cameraReady": False}, "wait", "Camera"),
        ({"link": {**LINK, "phase": "connecting", "failing": True}}, "bad", "Connection lost"),
        ({"link": {**LINK, "phase": "connecting", "failing": True, "before": False}}, "bad", "No connection"),
        ({"link": {**LINK, "phase": "connecting", "failing": True, "code": "bye"}}, "bad", "Desktop closed"),
        ({"problem": "camera_denied"}, "bad", "Camera blocked"),
        ({"problem": "camera_missing"}, "bad", "No camera"),
        ({"problem": "camera_busy"}, "bad", "Camera busy"),
        ({"problem": "camera_lost"}, "bad", "Camera lost"),
        ({"problem": "tracker"}, "bad", "Tracker failed"),
        ({"problem": "browser"}, "bad", "Browser too old"),
        ({"problem": "insecure"}, "bad", "Not secure"),
    ],
)
def test_every_state_has_its_words_and_its_colour(changes: dict[str, Any], tone: str, title: str) -> None:
    said = describe(**changes)
    assert (said["tone"], said["title"]) == (tone, title)


@pytest.mark.parametrize(
    ("changes", "key", "tone", "action"),
    [
        ({}, "on-phone", "good", "New neutral"),
        ({"puppet": {"ready": True, "calibrated": False}}, "calibrating", "wait", ""),
        ({"puppet": {"ready": False, "calibrated": False}}, "loading", "wait", ""),
        ({"face": False}, "no-face", "warn", ""),
        ({"cameraReady": False}, "camera", "wait", ""),
        ({"problem": "puppet"}, "puppet", "bad", "Try again"),
        ({"problem": "puppet_none"}, "puppet-none", "bad", "Try again"),
    ],
)
@pytest.mark.parametrize("link", [{}, {"failing": True}, {"phase": "refused", "code": "session_unknown"}])
def test_on_this_phone_the_desktop_does_not_matter(
    changes: dict[str, Any], key: str, tone: str, action: str, link: dict[str, Any]
) -> None:
    puppet = {"ready": True, "calibrated": True}
    said = describe(**{"puppet": puppet, "link": {**LINK, **link}, **changes})
    assert (said["key"], said["tone"], said["action"]) == (key, tone, action)


@pytest.mark.parametrize(
    ("code", "title", "action"),
    [
        ("token_missing", "Not paired", ""),
        ("token_used", "Code already used", ""),
        ("token_wrong", "Code not valid", ""),
        ("session_unknown", "Not paired", ""),
        ("version", "Reload needed", "Reload"),
        ("replaced", "Open elsewhere", "Continue here"),
    ],
)
def test_every_refusal_shows_the_desktops_words_and_what_helps(code: str, title: str, action: str) -> None:
    said = describe(link={**LINK, "phase": "refused", "code": code, "message": "The desktop's words."})
    assert (said["title"], said["detail"], said["action"]) == (title, "The desktop's words.", action)


@pytest.mark.parametrize(
    ("desktop", "detail"),
    [
        ({"calibrated": False, "recording": False}, "Not calibrated yet"),
        ({"calibrated": True, "recording": True}, "Recording"),
    ],
)
def test_the_performer_sees_what_the_desktop_does(desktop: dict[str, bool], detail: str) -> None:
    assert describe(desktop=desktop)["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("?mode=landmarks&delegate=cpu&transport=post", ["landmarks", "cpu", "post"]),
        ("?mode=nonsense", ["full", "auto", "auto"]),
        ("", ["full", "auto", "auto"]),
    ],
)
def test_the_address_may_choose_mode_delegate_and_transport(search: str, expected: list[str]) -> None:
    chosen = run_module(
        "globalThis.localStorage = { getItem: () => null };"
        "const { loadSettings } = await import(PAGE + '/screen/settings.js');"
        "const { mode, delegate, transport } = loadSettings(argument);"
        "console.log(JSON.stringify([mode, delegate, transport]));",
        search,
    )
    assert chosen == expected


def test_every_control_changes_its_setting_and_keeps_it() -> None:
    controls = controls_of(PAGE)
    assert {control["setting"] for control in controls} == {"mode", "camera"}
    for control in controls:
        value = control["value"] or "front"
        assert touched(PAGE, control["setting"], value) == {"setting": value, "body": value, "kept": value}

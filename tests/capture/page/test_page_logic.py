"""The phone page's decisions, run in node: what it says, how it reconnects, what it never queues."""

from __future__ import annotations

from typing import Any

import pytest

from tests.node import run_module

LINK = {"phase": "open", "code": "", "message": "", "failing": False, "before": True}
RUNNING = {
    "problem": "",
    "link": LINK,
    "trackerReady": True,
    "cameraReady": True,
    "face": True,
    "desktop": {"calibrated": True, "recording": False},
}

# A browser small enough for node: addresses, storage, and a network that the tests decide about.
BROWSER = """
    const stored = new Map();
    globalThis.window = globalThis;
    globalThis.location = { hash: "#tok", pathname: "/", search: "", host: "desk:8443" };
    globalThis.history = { replaceState() { location.hash = ""; } };
    globalThis.localStorage = { getItem: (k) => stored.get(k) ?? null, setItem: (k, v) => stored.set(k, v) };
    const log = [];
    globalThis.setInterval = () => 0;
    const answers = [];
    globalThis.fetch = async (path, { body, headers }) => {
      log.push(["post", typeof body === "string" ? JSON.parse(body).map((m) => m.type) : body.byteLength,
                headers.Authorization ?? ""]);
      const next = answers.shift() ?? { status: 200, messages: [] };
      return { ok: next.status === 200, json: async () => next.messages };
    };
    globalThis.WebSocket = class {
      static OPEN = 1;
      static all = [];
      readyState = 1; bufferedAmount = 0; sent = [];
      constructor(url) { this.url = url; log.push(["socket", url]); WebSocket.all.push(this); }
      send(data) { this.sent.push(typeof data === "string" ? JSON.parse(data) : data.byteLength); }
      close() { log.push(["closed"]); }
      hear(message) { this.onmessage({ data: JSON.stringify(message) }); }
    };
    const { Connection } = await import(PAGE + "/connection.js");
    const { PairingStore } = await import(PAGE + "/pairing_store.js");
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const connect = (choice) => {
      const connection = new Connection(new PairingStore(), "test", choice);
      connection.onChange = (state) => log.push(["state", state.phase, state.code, state.failing]);
      connection.connect();
      return connection;
    };
    const finish = (value) => { console.log(JSON.stringify(value)); process.exit(0); };
"""


def describe(**changes: Any) -> dict[str, str]:
    show = "const { describe } = await import(PAGE + '/status_text.js');"
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


def test_attempts_come_ever_more_slowly_with_jitter_and_at_most_eight_seconds_apart() -> None:
    waits = run_module(
        "const { backoffMs } = await import(PAGE + '/backoff.js');"
        "const at = (random) => [...Array(8).keys()].map((n) => backoffMs(n, random));"
        "console.log(JSON.stringify([at(0), at(1)]));"
    )
    assert waits[1] == [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]
    assert waits[0] == [wait / 2 for wait in waits[1]]


def test_the_first_hello_carries_the_token_and_the_next_the_session() -> None:
    sent = run_module(
        BROWSER
        + """
        connect();
        const [first] = WebSocket.all;
        first.onopen();
        first.hear({ type: "welcome", session: "key" });
        const again = connect();
        WebSocket.all[1].onopen();
        finish([first.sent[0], WebSocket.all[1].sent[0], location.hash]);
        """
    )
    hello = {"type": "hello", "version": 1, "device": "test"}
    assert sent == [{**hello, "token": "tok"}, {**hello, "session": "key"}, ""]


def test_a_ping_is_answered_at_once_with_the_phones_times() -> None:
    answer = run_module(
        BROWSER
        + """
        connect();
        WebSocket.all[0].hear({ type: "ping", id: 7 });
        finish(WebSocket.all[0].sent[0]);
        """
    )
    assert (answer["type"], answer["id"]) == ("pong", 7)
    assert 0 <= answer["sent_s"] - answer["received_s"] < 0.1


def test_post_takes_over_by_itself_where_the_websocket_fails() -> None:
    log = run_module(
        BROWSER
        + """
        const welcome = { type: "welcome", session: "key" };
        answers.push({ status: 200, messages: [welcome, { type: "ping", id: 1 }] });
        const connection = connect();
        WebSocket.all[0].onclose();
        await turn(); await turn();
        connection.send(new ArrayBuffer(20));
        finish({ log, transport: connection.state.transport });
        """
    )
    assert log["transport"] == "post"
    assert log["log"] == [
        ["state", "connecting", "", False],
        ["socket", "wss://desk:8443/socket"],
        ["state", "connecting", "", False],
        ["post", ["hello"], ""],
        ["state", "open", "", False],
        ["post", ["pong"], "Bearer key"],
        ["post", 20, "Bearer key"],
    ]


def test_a_frame_is_dropped_while_the_socket_has_not_drained() -> None:
    sent = run_module(
        BROWSER
        + """
        const connection = connect();
        const [socket] = WebSocket.all;
        const sent = [connection.send(new ArrayBuffer(20))];
        socket.hear({ type: "welcome", session: "key" });
        sent.push(connection.send(new ArrayBuffer(21)));
        socket.bufferedAmount = 5;
        sent.push(connection.send(new ArrayBuffer(22)));
        socket.bufferedAmount = 0;
        sent.push(connection.send(new ArrayBuffer(23)));
        finish([sent, socket.sent]);
        """
    )
    assert sent == [[False, True, False, True], [21, 23]]


def test_a_frame_is_dropped_while_three_posts_are_unanswered() -> None:
    sent = run_module(
        BROWSER
        + """
        answers.push({ status: 200, messages: [{ type: "welcome", session: "key" }] });
        const connection = connect("post");
        await turn(); await turn();
        const sent = [1, 2, 3, 4].map((n) => connection.send(new ArrayBuffer(n)));
        await turn(); await turn();
        sent.push(connection.send(new ArrayBuffer(5)));
        finish(sent);
        """
    )
    assert sent == [True, True, True, False, True]


def test_a_used_token_falls_back_to_the_session_of_an_earlier_visit() -> None:
    sent = run_module(
        BROWSER
        + """
        stored.set("softdeca.session", "old key");
        const connection = connect();
        WebSocket.all[0].hear({ type: "error", code: "token_used", message: "used" });
        WebSocket.all[1].onopen();
        finish([WebSocket.all[1].sent[0].session, connection.state.phase]);
        """
    )
    assert sent == ["old key", "connecting"]


@pytest.mark.parametrize("code", ["token_used", "token_wrong", "session_unknown", "version", "replaced"])
def test_a_refusal_is_final_until_somebody_does_something(code: str) -> None:
    state = run_module(
        BROWSER
        + """
        const connection = connect();
        WebSocket.all[0].hear({ type: "error", code: argument, message: "words" });
        const { phase, code, message } = connection.state;
        finish([phase, code, message, WebSocket.all.length]);
        """,
        code,
    )
    assert state == ["refused", code, "words", 1]


def test_a_lost_connection_is_tried_again_by_itself() -> None:
    states = run_module(
        BROWSER
        + """
        const connection = connect("socket");
        WebSocket.all[0].hear({ type: "welcome", session: "key" });
        WebSocket.all[0].onclose();
        const lost = { ...connection.state };
        while (WebSocket.all.length < 2) await turn();
        WebSocket.all[1].hear({ type: "welcome", session: "key" });
        finish([lost.failing, lost.before, connection.state.phase, connection.state.failing]);
        """
    )
    assert states == [True, True, "open", False]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15", "iPhone"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130", "Android phone"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A) AppleWebKit/537.36", "Pixel 8"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Linux browser"),
        ("something new", "phone"),
    ],
)
def test_the_phone_has_a_short_name(agent: str, name: str) -> None:
    said = run_module(
        "const { deviceName } = await import(PAGE + '/messages.js');"
        "console.log(JSON.stringify(deviceName(argument)));",
        agent,
    )
    assert said == name


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
        "const { loadSettings } = await import(PAGE + '/settings.js');"
        "const { mode, delegate, transport } = loadSettings(argument);"
        "console.log(JSON.stringify([mode, delegate, transport]));",
        search,
    )
    assert chosen == expected


def test_pictures_that_come_during_work_wait_and_only_the_newest_is_taken() -> None:
    """The camera delivers 10 … 70 while the first is at work; the third work ends the loop."""
    taken = run_module(
        """
        const { forEachFrame } = await import(PAGE + "/video_frames.js");
        let deliver = null;
        const video = { requestVideoFrameCallback: (call) => { deliver = (ms) => call(ms, { captureTime: ms }); } };
        const taken = [], ends = [];
        const stop = forEachFrame(video, (ms) => new Promise((end) => { taken.push(ms); ends.push(end); }));
        const turn = () => new Promise((done) => setTimeout(done));
        for (const ms of [10, 30, 50, 70]) deliver(ms);
        ends.shift()(); await turn();          // 30 and 50 are too old by now
        ends.shift()(); await turn();          // nothing has come since
        deliver(90); deliver(110); stop();
        ends.shift()(); await turn();          // 110 waited in vain
        deliver(130); await turn();
        console.log(JSON.stringify(taken));
        """,
        None,
    )
    assert taken == [10, 70, 90]

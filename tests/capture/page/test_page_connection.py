"""How the phone page connects and reconnects, and what it never queues, run in node."""

from __future__ import annotations

import pytest

from tests.node import run_module

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
    const { Connection } = await import(PAGE + "/connection/connection.js");
    const { PairingStore } = await import(PAGE + "/connection/pairing_store.js");
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const connect = (choice) => {
      const connection = new Connection(new PairingStore(), "test", choice);
      connection.onChange = (state) => log.push(["state", state.phase, state.code, state.failing]);
      connection.connect();
      return connection;
    };
    const finish = (value) => { console.log(JSON.stringify(value)); process.exit(0); };
"""


def test_attempts_come_ever_more_slowly_with_jitter_and_at_most_eight_seconds_apart() -> None:
    waits = run_module(
        "const { backoffMs } = await import(PAGE + '/connection/backoff.js');"
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
        "const { deviceName } = await import(PAGE + '/connection/messages.js');"
        "console.log(JSON.stringify(deviceName(argument)));",
        agent,
    )
    assert said == name

"""A phone made of Python: says hello, answers pings, sends packets, over the websocket or by POST."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from capture.frames.packet import encode_frame
from tests.capture.frames.golden import golden_frame

T = TypeVar("T")

CLOCK_AHEAD_S = 1000.0
"""The fake phone's clock is this far ahead of ours."""


def phone_now_s() -> float:
    return time.perf_counter() + CLOCK_AHEAD_S


def packet(sequence: int, name: str = "packet_full") -> bytes:
    frame = dataclasses.replace(golden_frame(name), sequence=sequence, capture_time_s=phone_now_s())
    return encode_frame(frame)


def trusting(authority_file: str) -> ssl.SSLContext:
    """A context that trusts our authority alone, as a phone does after `/trust`."""
    return ssl.create_default_context(cafile=authority_file)


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    deadline_s = time.perf_counter() + timeout_s
    while not condition():
        assert time.perf_counter() < deadline_s, f"waited {timeout_s} s for {what}"
        time.sleep(0.005)


class SocketPhone:
    """Over the websocket. Its event loop runs in a thread of its own.

    (The synchronous client reads and writes one TLS connection from two threads, which OpenSSL
    does not allow.)
    """

    def __init__(self, port: int, authority_file: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        address = f"wss://127.0.0.1:{port}/socket"
        self._socket = self._do(_open(address, trusting(authority_file)))

    def _do(self, action: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(15)

    def hello(self, **fields: Any) -> dict[str, Any]:
        """Says hello and returns the answer."""
        self.say({"type": "hello", "version": 1, "device": "fake phone", **fields})
        return self.listen_for("welcome", "error")

    def pair(self, url: str) -> str:
        """Pairs by the token in `url`, answers the first ping, returns the session key."""
        answer = self.hello(token=url.partition("#")[2])
        assert answer["type"] == "welcome", answer
        self.listen_for("ping")
        return answer["session"]

    def say(self, message: object) -> None:
        self.say_text(json.dumps(message))

    def say_text(self, text: str) -> None:
        self._do(self._socket.send(text))

    def send(self, *packets: bytes) -> None:
        for data in packets:
            self._do(self._socket.send(data))

    def listen_for(self, *types: str) -> dict[str, Any]:
        """The next message of one of these types; pings on the way are answered."""
        while True:
            message = json.loads(self._do(self._socket.recv()))
            if message["type"] == "ping":
                now_s = phone_now_s()
                with contextlib.suppress(ConnectionClosed):
                    self.say({"type": "pong", "id": message["id"], "received_s": now_s, "sent_s": now_s})
            if message["type"] in types:
                return message

    def close_code(self) -> int | None:
        """Reads until the server closes."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._do(self._socket.recv())
        return self._socket.close_code

    def close(self) -> None:
        self._do(self._socket.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _open(address: str, context: ssl.SSLContext) -> ClientConnection:
    return await connect(address, ssl=context, proxy=None)


class PostPhone:
    """By POST, one request at a time on one connection."""

    def __init__(self, port: int, authority_file: str) -> None:
        self.http = http.client.HTTPSConnection(
            "127.0.0.1", port, context=trusting(authority_file), timeout=5
        )
        self.session = ""

    def post(self, body: bytes | list[Any], session: str | None = None) -> tuple[int, list[dict[str, Any]]]:
        """Status and messages of the answer; pings in it are answered by the next request."""
        session = self.session if session is None else session
        headers = {"Authorization": f"Bearer {session}"} if session else {}
        if isinstance(body, list):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        else:
            headers["Content-Type"] = "application/octet-stream"
        self.http.request("POST", "/post", body, headers)
        answer = self.http.getresponse()
        return answer.status, json.loads(answer.read())

    def pair(self, url: str) -> list[dict[str, Any]]:
        """Pairs by the token in `url`, answers the ping that comes along."""
        status, messages = self.post(
            [{"type": "hello", "version": 1, "token": url.partition("#")[2], "device": "fake phone"}]
        )
        assert status == 200, messages
        self.session = messages[0]["session"]
        now_s = phone_now_s()
        pings = [message for message in messages if message["type"] == "ping"]
        self.post([{"type": "pong", "id": p["id"], "received_s": now_s, "sent_s": now_s} for p in pings])
        return messages

    def close(self) -> None:
        self.http.close()

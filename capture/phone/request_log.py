"""Every request that reached the server, countable: its client, its path and its result."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

REMEMBERED = 10_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request. `path` never holds a token: tokens are in the fragment, which is not sent."""

    client: str
    method: str
    """`GET`, `POST`, …, or `WEBSOCKET`."""
    path: str
    status: int
    """HTTP status; 101 for an accepted websocket, 0 where no answer was begun."""


class RequestLog:
    """A middleware; `requests` holds the newest 10,000, `count` counts all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.count = 0
        self.requests: deque[LoggedRequest] = deque(maxlen=REMEMBERED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
                self._note(scope, status)
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            if status != 101:
                self._note(scope, status)

    def _note(self, scope: Scope, status: int) -> None:
        client = scope["client"][0] if scope.get("client") else "?"
        self.count += 1
        self.requests.append(LoggedRequest(client, scope.get("method", "WEBSOCKET"), scope["path"], status))

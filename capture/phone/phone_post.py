"""The POST edge: the same session for browsers that refuse the websocket (docs/packet.md)."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from capture.frames.capture_error import PacketError
from capture.phone.pairing import RefusedError
from capture.phone.phone_hub import PhoneHub
from capture.phone.phone_messages import Hello, Incoming, Outgoing, error, parse_json, read_message
from capture.phone.phone_session import PhoneSession

MAX_BODY_BYTES = 65_536


class _TooBigError(Exception):
    pass


async def serve_post(request: Request, hub: PhoneHub) -> Response:
    """Return the answer to one request: the messages that wait for the phone.

    Args:
        request: a packet, or a JSON array of messages.
        hub: receives them.

    Returns:
        A JSON array of messages. Its status is 401 or 409 for a refused session, 413 for a body above
        `MAX_BODY_BYTES`, and 400 for a client that has gone.
    """
    try:
        body = await _body(request)
    except _TooBigError:
        hub.reject(f"Expected a request of at most {MAX_BODY_BYTES} bytes, got more. It was refused.")
        return _answer([], 413)
    except ClientDisconnect:
        return _answer([], 400)
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            session = _receive_messages(request, hub, body)
        else:
            session = _running(request, hub)
            hub.receive_packet(session, body)
    except RefusedError as refused:
        return _answer([error(refused)], 409 if refused.code in ("replaced", "silent") else 401)
    return _answer(session.take_waiting(hub.clock()))


def _receive_messages(request: Request, hub: PhoneHub, body: bytes) -> PhoneSession:
    messages = _messages(hub, body)
    if "authorization" in request.headers:
        session = _running(request, hub)
    else:
        address = request.client.host if request.client else "?"
        session = hub.handshake(_first(messages), transport="post", address=address)
        messages = messages[1:]
    for message in messages:
        hub.receive_fields(session, message)
    if not messages:
        session.receive_message(None, hub.clock())
    return session


def _messages(hub: PhoneHub, body: bytes) -> list[object]:
    """Return the messages in a request's body; none, and one rejection counted, for anything but a JSON array."""
    try:
        messages = parse_json(body)
        if not isinstance(messages, list):
            raise PacketError(
                f"Expected a JSON array of messages, got {type(messages).__name__}. Send an array."
            )
    except PacketError as wrong:
        hub.reject(str(wrong))
        return []
    return messages


def _first(messages: list[object]) -> Incoming | None:
    try:
        first = read_message(messages[0]) if messages else None
    except PacketError:
        return None
    return first if isinstance(first, Hello) else None


def _running(request: Request, hub: PhoneHub) -> PhoneSession:
    """Return the session that this request belongs to. Raises RefusedError where there is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    hub.pairing.check_session(key if scheme.lower() == "bearer" else "")
    session = hub.current
    if session is None:
        raise RefusedError("silent", "Expected an open session, got one that ended. Say hello again.")
    if session.transport != "post":
        raise RefusedError("replaced", "Expected one open page, got a second elsewhere. Close one of them.")
    return session


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _TooBigError
    return bytes(body)


def _answer(messages: list[Outgoing], status_code: int = 200) -> Response:
    return JSONResponse(messages, status_code=status_code)

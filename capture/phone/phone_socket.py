"""The websocket edge, which carries a session between a phone's socket and the hub."""

from __future__ import annotations

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

from capture.frames.capture_error import PacketError
from capture.phone.pairing import RefusedError
from capture.phone.phone_hub import PhoneHub
from capture.phone.phone_messages import Incoming, error, parse_message
from capture.phone.phone_session import PhoneSession

FIRST_MESSAGE_S = 5.0
CLOSE_S = 1.0
MAX_SOCKET_BYTES = 65_536
"""A message above this ends the connection before it is read; the phone connects again."""

_CLOSE_CODES = {"hello_expected": 4400, "version": 4400, "replaced": 4409, "silent": 4408}
_CLOSE_REFUSED = 4401
_CLOSE_TOO_BIG = 1009


class PhoneSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's websocket protocol, able to end while a phone is just closing.

    In the moment between a phone's close and the end of its connection, uvicorn's own `shutdown`
    sends a second close, which is an error that would end the server's thread half-way.
    """

    def shutdown(self) -> None:
        """End the connection, also while the phone is closing it."""
        try:
            super().shutdown()
        except InvalidState:
            self.transport.close()


async def serve_socket(socket: WebSocket, hub: PhoneHub) -> None:
    """Run one websocket from its hello until one side is gone.

    Args:
        socket: the phone's connection, not yet accepted.
        hub: receives its messages and packets.
    """
    await socket.accept()
    address = socket.client.host if socket.client else "?"
    try:
        session = hub.handshake(await _first_message(socket), transport="websocket", address=address)
    except RefusedError as refused:
        await _refuse(socket, refused)
        return
    except WebSocketDisconnect:
        return
    await _run_session(socket, hub, session)


async def _first_message(socket: WebSocket) -> Incoming | None:
    try:
        message = await asyncio.wait_for(_receive(socket), FIRST_MESSAGE_S)
        return parse_message(message) if isinstance(message, str) else None
    except (TimeoutError, PacketError):
        return None


async def _run_session(socket: WebSocket, hub: PhoneHub, session: PhoneSession) -> None:
    receiving = asyncio.create_task(_receive_messages(socket, hub, session))
    sending = asyncio.create_task(_send_messages(socket, hub, session))
    try:
        await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_COMPLETED)
        hub.leave(session, "disconnected")
        # A phone's answer to our close is only read while somebody listens.
        await asyncio.wait({receiving}, timeout=CLOSE_S)
    finally:
        hub.leave(session, "disconnected")
        receiving.cancel()
        sending.cancel()
        await asyncio.gather(receiving, sending, return_exceptions=True)


async def _receive_messages(socket: WebSocket, hub: PhoneHub, session: PhoneSession) -> None:
    while True:
        try:
            message = await _receive(socket)
        except WebSocketDisconnect as gone:
            if gone.code == _CLOSE_TOO_BIG:
                hub.reject(
                    f"Expected a packet of at most {MAX_SOCKET_BYTES} bytes, got more. The connection was closed."
                )
            return
        if isinstance(message, str):
            hub.receive_text(session, message)
        else:
            hub.receive_packet(session, message)


async def _send_messages(socket: WebSocket, hub: PhoneHub, session: PhoneSession) -> None:
    woken = asyncio.Event()
    session.wake = woken.set
    while True:
        for message in session.take_waiting(hub.clock()):
            await socket.send_json(message)
        if session.ended is not None:
            await socket.close(_close_code(session.ended))
            return
        woken.clear()
        try:
            await asyncio.wait_for(woken.wait(), max(0.0, session.next_ping_s() - hub.clock()))
        except TimeoutError:
            continue


async def _receive(socket: WebSocket) -> str | bytes:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    return text if text is not None else message["bytes"]


async def _refuse(socket: WebSocket, refused: RefusedError) -> None:
    try:
        await socket.send_json(error(refused))
        await socket.close(_close_code(refused))
    except (WebSocketDisconnect, RuntimeError):
        return  # the phone did not wait for the answer


def _close_code(reason: RefusedError) -> int:
    return _CLOSE_CODES.get(reason.code, _CLOSE_REFUSED)

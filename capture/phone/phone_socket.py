"""The websocket edge: carries a conversation between a phone's socket and the hub."""

from __future__ import annotations

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from capture.frames.capture_error import PacketError
from capture.phone.pairing import RefusedError
from capture.phone.phone_hub import PhoneHub
from capture.phone.phone_messages import Incoming, error, parse_message
from capture.phone.phone_session import PhoneConversation

FIRST_MESSAGE_S = 5.0
CLOSE_S = 1.0
MAX_SOCKET_BYTES = 65_536
"""A message above this ends the connection before it is read; the phone connects again."""

_CLOSE_CODES = {"hello_expected": 4400, "version": 4400, "replaced": 4409, "silent": 4408}
_CLOSE_REFUSED = 4401
_CLOSE_TOO_BIG = 1009


async def serve_socket(socket: WebSocket, hub: PhoneHub) -> None:
    """Runs one websocket from its hello until one side is gone."""
    await socket.accept()
    address = socket.client.host if socket.client else "?"
    try:
        conversation = hub.greet(await _first_message(socket), transport="websocket", address=address)
    except RefusedError as refused:
        await _refuse(socket, refused)
        return
    except WebSocketDisconnect:
        return
    await _converse(socket, hub, conversation)


async def _first_message(socket: WebSocket) -> Incoming | None:
    try:
        message = await asyncio.wait_for(_receive(socket), FIRST_MESSAGE_S)
        return parse_message(message) if isinstance(message, str) else None
    except (TimeoutError, PacketError):
        return None


async def _converse(socket: WebSocket, hub: PhoneHub, conversation: PhoneConversation) -> None:
    listening = asyncio.create_task(_listen(socket, hub, conversation))
    talking = asyncio.create_task(_talk(socket, hub, conversation))
    try:
        await asyncio.wait({listening, talking}, return_when=asyncio.FIRST_COMPLETED)
        hub.leave(conversation, "disconnected")
        # A phone's answer to our close is only read while somebody listens.
        await asyncio.wait({listening}, timeout=CLOSE_S)
    finally:
        hub.leave(conversation, "disconnected")
        listening.cancel()
        talking.cancel()
        await asyncio.gather(listening, talking, return_exceptions=True)


async def _listen(socket: WebSocket, hub: PhoneHub, conversation: PhoneConversation) -> None:
    while True:
        try:
            message = await _receive(socket)
        except WebSocketDisconnect as gone:
            if gone.code == _CLOSE_TOO_BIG:
                hub.reject(f"packet oversized: expected at most {MAX_SOCKET_BYTES} bytes; connection closed")
            return
        if isinstance(message, str):
            hub.hear_text(conversation, message)
        else:
            hub.receive_packet(conversation, message)


async def _talk(socket: WebSocket, hub: PhoneHub, conversation: PhoneConversation) -> None:
    woken = asyncio.Event()
    conversation.wake = woken.set
    while True:
        for message in conversation.take_waiting(hub.clock()):
            await socket.send_json(message)
        if conversation.ended is not None:
            await socket.close(_close_code(conversation.ended))
            return
        woken.clear()
        try:
            await asyncio.wait_for(woken.wait(), max(0.0, conversation.next_ping_s() - hub.clock()))
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

"""The text messages between phone and desktop (docs/packet.md), as values.

An incoming message becomes `Hello`, `Pong` or `Bye`; an outgoing one is a plain dictionary for JSON.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from capture.frames.capture_error import PacketError
from capture.phone.pairing import RefusedError

PROTOCOL_VERSION = 1
MAX_MESSAGE_BYTES = 4096
MAX_DEVICE_CHARACTERS = 80

Outgoing = dict[str, object]


@dataclass(frozen=True)
class Hello:
    """The first message: the phone's name and its right to connect. Empty text where absent."""

    version: int
    token: str
    session: str
    device: str


@dataclass(frozen=True)
class Pong:
    """The answer to ping `identity`; the times are the phone's clock in seconds."""

    identity: int
    received_s: float
    sent_s: float


@dataclass(frozen=True)
class Bye:
    """The page closes on purpose."""


Incoming = Hello | Pong | Bye


@dataclass(frozen=True)
class DesktopStatus:
    """The state of the desktop, for the performer; `fps` is driven frames a second."""

    tracking: bool
    calibrated: bool
    recording: bool
    fps: float


def parse_message(text: str) -> Incoming | None:
    """Return the message in a text.

    Args:
        text: JSON of at most `MAX_MESSAGE_BYTES` characters.

    Returns:
        The message; None for an unknown type.

    Raises:
        PacketError: for any text that is no such message.
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise PacketError(
            f"Expected a message of at most {MAX_MESSAGE_BYTES} characters, got {len(text)}. Send less."
        )
    return read_message(parse_json(text))


def parse_json(text: str | bytes) -> object:
    """Return the value in a text.

    Args:
        text: JSON.

    Returns:
        Any JSON value.

    Raises:
        PacketError: for text that is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PacketError(f"Expected a message in JSON, got {text[:40]!r} ({error}). Send JSON.") from None


def read_message(fields: object) -> Incoming | None:
    """Return the message with these JSON fields.

    Args:
        fields: the value that the JSON held.

    Returns:
        The message; None for an unknown type. A device name is cut off at `MAX_DEVICE_CHARACTERS`.

    Raises:
        PacketError: for a value that is no object, and for missing or wrong fields.
    """
    if not isinstance(fields, dict):
        raise PacketError(f"Expected a message as JSON object, got {type(fields).__name__}. Send an object.")
    match fields.get("type"):
        case "hello":
            return Hello(
                version=_integer(fields, "version"),
                token=_text(fields, "token"),
                session=_text(fields, "session"),
                device=_text(fields, "device")[:MAX_DEVICE_CHARACTERS],
            )
        case "pong":
            return Pong(_integer(fields, "id"), _seconds(fields, "received_s"), _seconds(fields, "sent_s"))
        case "bye":
            return Bye()
        case str():
            return None
        case other:
            raise PacketError(
                f"Expected a message with a type, got {other!r}. Give it one of docs/packet.md."
            )


def welcome(session: str) -> Outgoing:
    """Return the answer to a hello.

    Args:
        session: the phone's session key.

    Returns:
        The message's fields.
    """
    return {"type": "welcome", "version": PROTOCOL_VERSION, "session": session}


def ping(identity: int) -> Outgoing:
    """Return a ping.

    Args:
        identity: number that the pong will carry.

    Returns:
        The message's fields.
    """
    return {"type": "ping", "id": identity}


def status(now: DesktopStatus) -> Outgoing:
    """Return the message with the desktop's status.

    Args:
        now: the newest status.

    Returns:
        The message's fields, frames a second rounded to tenths.
    """
    return {
        "type": "status",
        "tracking": now.tracking,
        "calibrated": now.calibrated,
        "recording": now.recording,
        "fps": round(now.fps, 1),
    }


def error(refused: RefusedError) -> Outgoing:
    """Return the message for a phone whose session is refused or ended.

    Args:
        refused: the reason.

    Returns:
        The message's fields.
    """
    return {"type": "error", "code": refused.code, "message": str(refused)}


def bye() -> Outgoing:
    """Return the desktop's goodbye.

    Returns:
        The message's fields.
    """
    return {"type": "bye"}


def _integer(fields: dict[str, object], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PacketError(
            f"Expected an integer as {name} of message {fields['type']}, got {value!r:.40}. Send an integer."
        )
    return value


def _seconds(fields: dict[str, object], name: str) -> float:
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise PacketError(
            f"Expected seconds as {name} of message {fields['type']}, got {value!r:.40}. Send seconds."
        )
    return float(value)


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise PacketError(
            f"Expected text as {name} of message {fields['type']}, got {value!r:.40}. Send text."
        )
    return value

"""The text messages between phone and desktop (docs/packet.md), as values.

What arrives becomes `Hello`, `Pong` or `Bye`; what leaves is a plain dictionary for JSON.
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
    """The first message: who the phone is and why it may talk to us. Empty text where absent."""

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
    """What the performer should know."""

    tracking: bool
    calibrated: bool
    recording: bool
    fps: float


def parse_message(text: str) -> Incoming | None:
    """The message in `text`, None for a type we do not know. Raises PacketError."""
    if len(text) > MAX_MESSAGE_BYTES:
        raise PacketError(
            f"Expected a message of at most {MAX_MESSAGE_BYTES} characters, got {len(text)}. Send less."
        )
    return read_message(parse_json(text))


def parse_json(text: str | bytes) -> object:
    """Any JSON value. Raises PacketError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PacketError(f"Expected a message in JSON, got {text[:40]!r} ({error}). Send JSON.") from None


def read_message(fields: object) -> Incoming | None:
    """The message with these JSON fields, None for a type we do not know. Raises PacketError."""
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
    return {"type": "welcome", "version": PROTOCOL_VERSION, "session": session}


def ping(identity: int) -> Outgoing:
    return {"type": "ping", "id": identity}


def status(now: DesktopStatus) -> Outgoing:
    return {
        "type": "status",
        "tracking": now.tracking,
        "calibrated": now.calibrated,
        "recording": now.recording,
        "fps": round(now.fps, 1),
    }


def error(refused: RefusedError) -> Outgoing:
    return {"type": "error", "code": refused.code, "message": str(refused)}


def bye() -> Outgoing:
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

"""What the command line's process and the tracker process say to each other.

To the tracker goes one `TrackerJob`, as JSON among its arguments, and later the end of its standard
input, which asks it to stop. Back come messages of one letter, a length and a body: first one `OPENED`
with a `TrackerHeader`, then a `FRAME` for every picture, each the packet that a phone would send, and
one `DONE`; or, instead of any of them, one `FAILED` with the name and the text of an error.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import IO

OPENED = b"O"
FRAME = b"F"
FAILED = b"E"
DONE = b"D"

_HEAD = struct.Struct("<cI")


@dataclass(frozen=True)
class TrackerJob:
    """What to look at: a video (its path) or a camera (its number), and with which model.

    Pictures with a side longer than `max_side_px` are made smaller before they are tracked.
    """

    source: str | int
    model: str
    max_side_px: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TrackerJob:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class TrackerHeader:
    """What is known once the source is open.

    `frame_count` is the video's own claim, None for a camera and where the file makes none;
    `sockets_refused` says whether the kernel refuses the tracker every socket.
    """

    frame_count: int | None
    sockets_refused: bool

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> TrackerHeader:
        return cls(**json.loads(body))


def write_message(stream: IO[bytes], kind: bytes, body: bytes = b"") -> None:
    """Sends one message, at once."""
    stream.write(_HEAD.pack(kind, len(body)) + body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next message's kind and body, or None where the stream ends, be it in the middle of one."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    body = stream.read(length)
    return (kind, body) if len(body) == length else None

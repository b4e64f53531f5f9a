"""The messages between the command line's process and the tracker process.

The tracker gets one `TrackerJob`, as JSON among its arguments, and later the end of its standard
input, which stops it. Messages of one letter, a length and a body come back. The first is one `OPENED`
with a `TrackerHeader`. A `FRAME` follows for every picture, each the packet that a phone would send, and
at the end one `DONE`. Instead of any of them, one `FAILED` with the name and the text of an error may come.
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
    """The source, a video (its path) or a camera (its number), and the model to track it with.

    Pictures with a side longer than `max_side_px` are made smaller before they are tracked.
    """

    source: str | int
    model: str
    max_side_px: int

    def to_json(self) -> str:
        """Return the job as text.

        Returns:
            JSON.
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TrackerJob:
        """Return the job in a text.

        Args:
            text: JSON as `to_json` returns it.

        Returns:
            The job.
        """
        return cls(**json.loads(text))


@dataclass(frozen=True)
class TrackerHeader:
    """The facts about a source that is open.

    `frame_count` is the video's own claim, None for a camera and where the file makes none;
    `sockets_refused` is True where the kernel refuses the tracker every socket.
    """

    frame_count: int | None
    sockets_refused: bool

    def to_bytes(self) -> bytes:
        """Return the header as the body of a message.

        Returns:
            JSON.
        """
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> TrackerHeader:
        """Return the header in the body of a message.

        Args:
            body: JSON as `to_bytes` returns it.

        Returns:
            The header.
        """
        return cls(**json.loads(body))


def write_message(stream: IO[bytes], kind: bytes, body: bytes = b"") -> None:
    """Write one message, at once.

    Args:
        stream: where the message goes.
        kind: `OPENED`, `FRAME`, `FAILED` or `DONE`.
        body: the message's content.
    """
    stream.write(_HEAD.pack(kind, len(body)) + body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return the next message.

    Args:
        stream: where messages come from.

    Returns:
        Kind and body; None where the stream ends, be it in the middle of a message.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    body = stream.read(length)
    return (kind, body) if len(body) == length else None

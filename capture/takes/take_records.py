"""The records of an MCAP file in order, read so that a file cut off in the middle loses only its end.

MCAP (mcap.dev) is an eight-byte signature and then records: one byte of kind, eight bytes of length,
body; where it was completed, the data end, an index and the signature again. The `mcap` package's own reader
treats a body that is cut off as a shorter body; here the reading stops before it.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, DataEnd, McapRecord, Message, Metadata
from mcap.stream_reader import CRCValidationError, breakup_chunk
from mcap.writer import MCAP0_MAGIC

from capture.frames.capture_error import TakeError

_HEAD = struct.Struct("<BQ")

_READERS: dict[int, Callable[[ReadDataStream, int], McapRecord]] = {
    Opcode.CHANNEL: lambda stream, _: Channel.read(stream),
    Opcode.MESSAGE: Message.read,
    Opcode.METADATA: lambda stream, _: Metadata.read(stream),
    Opcode.CHUNK: lambda stream, _: Chunk.read(stream),
}


def read_records(path: Path) -> Iterator[Channel | Message | Metadata]:
    """Return every channel, message and metadata record, also from inside chunks, up to the last whole one.

    Args:
        path: the MCAP file.

    Returns:
        The records in the file's order.

    Raises:
        TakeError: where the file is no MCAP, or where one that was completed is damaged. In
            an incomplete one, damage looks the same as a cut-off end.
    """
    with path.open("rb") as file:
        if file.read(len(MCAP0_MAGIC)) != MCAP0_MAGIC:
            raise TakeError(
                f"Expected a take (an MCAP file), got '{path}', which begins with other bytes. Choose a take."
            )
        complete = _ends_with_signature(file)
        checksum = zlib.crc32(MCAP0_MAGIC)
        while (record := _next_record(file)) is not None:
            kind, body = record
            if kind == Opcode.DATA_END:
                _check_whole(path, body, checksum)
                return
            checksum = zlib.crc32(body, zlib.crc32(_HEAD.pack(kind, len(body)), checksum))
            if kind in _READERS:
                yield from _parsed(path, kind, body)
        if complete:
            raise _damaged(path, "a record whose length does not fit")


def _next_record(file: IO[bytes]) -> tuple[int, bytes] | None:
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    start = file.tell()
    if length > file.seek(0, io.SEEK_END) - start:
        return None
    file.seek(start)
    return kind, file.read(length)


def _parsed(path: Path, kind: int, body: bytes) -> Iterator[Channel | Message | Metadata]:
    try:
        record = _READERS[kind](ReadDataStream(io.BytesIO(body)), len(body))
        records = breakup_chunk(record, validate_crc=True) if isinstance(record, Chunk) else [record]
    except (McapError, CRCValidationError, struct.error, UnicodeDecodeError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from error
    yield from (r for r in records if isinstance(r, Channel | Message | Metadata))


def _check_whole(path: Path, body: bytes, checksum: int) -> None:
    """Compare the checksum of all bytes before the data end with the one in it; 0 means none was kept."""
    kept = DataEnd.read(ReadDataStream(io.BytesIO(body))).data_section_crc
    if kept not in (0, checksum):
        raise _damaged(path, f"a checksum of {checksum:#010x} where {kept:#010x} was kept")


def _ends_with_signature(file: IO[bytes]) -> bool:
    start = file.tell()
    length = file.seek(0, io.SEEK_END)
    file.seek(max(start, length - len(MCAP0_MAGIC)))
    end = file.read()
    file.seek(start)
    return end == MCAP0_MAGIC


def _damaged(path: Path, finding: str) -> TakeError:
    return TakeError(f"Expected a whole take, got '{path}', which is damaged ({finding}). Copy it again.")

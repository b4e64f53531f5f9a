"""Takes: recorded landmark frames in an MCAP file, raw, so that any later driver can solve them again.

The file holds one metadata record `take`, whose entry `json` is a `TakeHeader`, and on the topic
`/face` one message a frame: the packet of `docs/packet.md`, with MCAP's log time for `receive_time_s`
and its publish time for `capture_time_s`, both in nanoseconds.

**A crash.** Every frame is appended as a record of its own and handed to the operating
system before `TakeWriter.add` returns; no chunk waits in memory (compressing one would save 8 %).
While recording, the file is called `NAME.part`. Ending in order, exceptions included, completes it and
gives it its name. A program that is killed leaves `NAME.part`, which `read_take` reads to the
last whole frame. A power cut may take frames that the system had not yet brought to the disk. Nothing
that exists is ever overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from mcap.records import Channel, Message, Metadata
from mcap.writer import CompressionType, IndexType, Writer

from capture.frames.capture_error import PacketError, TakeError
from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import decode_frame, encode_frame
from capture.takes.take_header import TakeHeader, software
from capture.takes.take_records import read_records

TOPIC = "/face"
ENCODING = "softdeca.packet"
METADATA_NAME = "take"


class TakeWriter:
    """A new take at `path`, to which frames are appended; use it in a `with` block.

    Args:
        path: the take to write; `NAME.part` until it is complete.
        source: the frames' source as the command line names it, for the header.

    Raises:
        TakeError: where the name is taken, be it by an interrupted recording, or the path cannot be written to.

    A recording without a frame leaves no file.
    """

    def __init__(self, path: Path, *, source: str) -> None:
        self.path = path
        self.frame_count = 0
        self._part = part_path(path)
        for taken in (path, self._part):
            if taken.exists():
                raise TakeError(
                    f"Expected a new name to record to, got '{taken}', which exists. "
                    "Move it away or choose another."
                )
        try:
            self._file = self._part.open("xb")
        except OSError as error:
            raise _unwritable(path, error) from error
        self._writer = Writer(
            self._file,
            compression=CompressionType.NONE,
            index_types=IndexType.NONE,
            use_chunking=False,
            enable_data_crcs=True,
        )
        self._writer.start(profile="softdeca", library=software())
        self._writer.add_metadata(METADATA_NAME, {"json": TakeHeader(source, software()).to_json()})
        self._channel = self._writer.register_channel(TOPIC, ENCODING, schema_id=0)

    def add(self, frame: LandmarkFrame) -> None:
        """Append one frame, which survives the program's end from here on.

        Args:
            frame: the newest frame.

        Raises:
            TakeError: where the disk is full.
        """
        try:
            self._writer.add_message(
                self._channel,
                log_time=_nanoseconds(frame.receive_time_s),
                data=encode_frame(frame),
                publish_time=_nanoseconds(frame.capture_time_s),
                sequence=frame.sequence,
            )
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.frame_count += 1

    def close(self) -> None:
        """Complete the take and give it its name; harmless when repeated.

        Raises:
            TakeError: where the disk is full or the name cannot be given.
        """
        if self._file.closed:
            return
        try:
            with self._file:
                self._writer.finish()
                self._file.flush()
                os.fsync(self._file.fileno())
            if self.frame_count:
                self._part.rename(self.path)
            else:
                self._part.unlink()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def __enter__(self) -> TakeWriter:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def read_take(path: Path) -> Iterator[LandmarkFrame]:
    """Return the frames of a take, completed or interrupted.

    Args:
        path: the take.

    Returns:
        The frames in the order of their arrival, with the recorded times in seconds.

    Raises:
        TakeError: at once where the file is missing, empty or no take, and on the way where it is damaged.
    """
    read_take_header(path)
    return _frames(path)


def read_take_header(path: Path) -> TakeHeader:
    """Return the header of a take.

    Args:
        path: the take.

    Returns:
        The source of its frames, and the software that wrote it.

    Raises:
        TakeError: where the file is no take of this version.
    """
    _check_file(path)
    for record in read_records(path):
        if isinstance(record, Metadata) and record.name == METADATA_NAME:
            return TakeHeader.from_json(record.metadata.get("json", ""), path)
        if isinstance(record, Message):
            break
    raise TakeError(f"Expected a take, got '{path}', an MCAP file without a take's header. Choose a take.")


def part_path(path: Path) -> Path:
    """Return the name of a take while it is being recorded.

    Args:
        path: the take's name in the end.

    Returns:
        The same path with `.part` behind it.
    """
    return path.with_name(path.name + ".part")


def _frames(path: Path) -> Iterator[LandmarkFrame]:
    channels: set[int] = set()
    count = 0
    for record in read_records(path):
        if isinstance(record, Channel) and record.message_encoding == ENCODING:
            channels.add(record.id)
        elif isinstance(record, Message) and record.channel_id in channels:
            count += 1
            yield _frame(path, record, count)
    if not count:
        raise TakeError(f"Expected a take with frames, got '{path}', which holds none. Record it again.")


def _frame(path: Path, message: Message, number: int) -> LandmarkFrame:
    try:
        return decode_frame(message.data, message.log_time / 1e9)
    except PacketError as error:
        raise TakeError(
            f"Expected a whole take, got '{path}', damaged at frame {number}. Copy it again. {error}"
        ) from error


def _check_file(path: Path) -> None:
    if not path.exists() and part_path(path).exists():
        raise TakeError(
            f"Expected a take, got '{path}', whose recording was interrupted. "
            f"Take '{part_path(path)}', which holds the frames up to then."
        )
    if not path.is_file():
        raise TakeError(f"Expected a take, got '{path}', which is no file. Check the path.")
    if path.stat().st_size == 0:
        raise TakeError(f"Expected a take, got '{path}', which is empty. Record it again.")


def _unwritable(path: Path, error: OSError) -> TakeError:
    return TakeError(
        f"Expected to record to '{path}', got '{error.strerror}'. Choose a place with room and permission."
    )


def _nanoseconds(seconds: float) -> int:
    """Return a time in nanoseconds for MCAP, whose times are unsigned.

    A clock before its zero counts as zero (the packet keeps the truth).
    """
    return max(0, round(seconds * 1e9))

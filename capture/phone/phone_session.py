"""The session of a paired phone, from welcome to the end: a core without sockets or clocks.

The websocket and the POST edge pass every arrival to it together with the time, and send the messages it has
waiting. It measures the phone's clock, sorts out the malformed, the late and the duplicate, and
notices when a phone has fallen silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from capture.frames.capture_error import PacketError
from capture.frames.clock_offset import WINDOW, ClockOffset, Ping
from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import decode_frame
from capture.phone.pairing import RefusedError
from capture.phone.phone_messages import (
    Bye,
    DesktopStatus,
    Hello,
    Incoming,
    Outgoing,
    Pong,
    bye,
    error,
    ping,
    status,
)

SILENCE_S = 4.0
"""A phone that sends nothing for so long is gone."""
PING_S = 1.0
FIRST_PINGS_S = 0.05
"""The first `WINDOW` pings follow each other this fast."""

_REMEMBERED = 64
"""Sequence numbers and pings that are remembered."""
_SMALLEST_STEP_S = 0.0001
_BROWSER_ROUNDING_S = 0.002


@dataclass
class PhoneCounts:
    """The numbers of frames and messages from phones since the server started."""

    frames_in: int = 0
    """Frames handed on."""
    rejected: int = 0
    """Malformed or oversized packets and messages."""
    duplicates: int = 0
    late: int = 0
    """Frames older than one that was handed on already."""
    unclocked: int = 0
    """Frames that came before the phone had answered its first ping."""


class PhoneSession:
    """The state of one session. Times are seconds on this machine's clock.

    `wake` is called whenever something waits to be sent or the session has ended.
    """

    def __init__(
        self,
        hello: Hello,
        first: Outgoing,
        counts: PhoneCounts,
        now_s: float,
        *,
        transport: str,
        address: str,
    ) -> None:
        self.device, self.transport, self.address = hello.device, transport, address
        self.counts = counts
        self.clock = ClockOffset()
        self.last_received_s = now_s
        self.ended: RefusedError | None = None
        self.received_bye = False
        self.wake: Callable[[], None] = lambda: None
        self._waiting: dict[object, Outgoing] = {"welcome": first}
        self._pings_sent_s: dict[int, float] = {}
        self._pings = 0
        self._next_ping_s = now_s
        self._recent: deque[int] = deque(maxlen=_REMEMBERED)
        self._last_capture_s = float("-inf")

    def receive_message(self, message: Incoming | None, now_s: float) -> None:
        """Receive a message.

        Args:
            message: the message; None for one of an unknown type.
            now_s: seconds on this machine's clock.

        Raises:
            PacketError: for a message that makes no sense here.
        """
        self.last_received_s = now_s
        match message:
            case Pong():
                self._take_pong(message, now_s)
            case Bye():
                self.received_bye = True
            case Hello():
                raise PacketError("Expected one hello at the start, got another. Send it once.")

    def receive_packet(self, packet: bytes, now_s: float) -> LandmarkFrame | None:
        """Return the frame in a packet.

        Args:
            packet: the bytes of one packet (docs/packet.md).
            now_s: seconds on this machine's clock.

        Returns:
            The frame, with `capture_time_s` on this machine's clock; None for one that is dropped and counted.

        Raises:
            PacketError: for bytes that are no frame.
        """
        self.last_received_s = now_s
        frame = decode_frame(packet, now_s)
        if not self._is_new(frame.sequence):
            return None
        if not self.clock.known:
            self.counts.unclocked += 1
            return None
        self.counts.frames_in += 1
        return replace(frame, capture_time_s=self._local_capture_time(frame))

    def send_status(self, now: DesktopStatus) -> None:
        """Put a status among the waiting messages; it replaces one that has not left yet.

        Args:
            now: the newest status.
        """
        self._queue("status", status(now))

    def send_bye(self) -> None:
        """Put a goodbye among the waiting messages."""
        self._queue("bye", bye())

    def end(self, reason: RefusedError) -> None:
        """End the session and put the reason among the waiting messages, for a phone that still reads.

        Args:
            reason: the first reason given stays in `ended`.
        """
        self.ended = self.ended or reason
        self._queue("error", error(reason))

    def is_silent(self, now_s: float) -> bool:
        """Return whether the phone has sent nothing for more than `SILENCE_S`.

        Args:
            now_s: seconds on this machine's clock.

        Returns:
            True for a phone that is gone.
        """
        return now_s - self.last_received_s > SILENCE_S

    @property
    def has_waiting(self) -> bool:
        """True where anything but a ping waits to be sent."""
        return bool(self._waiting)

    def next_ping_s(self) -> float:
        """Return the time from which `take_waiting` gives a ping.

        Returns:
            Seconds on this machine's clock.
        """
        return self._next_ping_s

    def take_waiting(self, now_s: float) -> list[Outgoing]:
        """Return the messages to send now, and forget them.

        Args:
            now_s: seconds on this machine's clock.

        Returns:
            The messages. They must leave at once: a ping among them counts as sent at `now_s`.
        """
        messages, self._waiting = list(self._waiting.values()), {}
        if now_s >= self._next_ping_s and not self.ended:
            messages.append(self._new_ping(now_s))
        return messages

    def _queue(self, kind: str, message: Outgoing) -> None:
        self._waiting[kind] = message
        self.wake()

    def _new_ping(self, now_s: float) -> Outgoing:
        self._pings += 1
        self._pings_sent_s[self._pings] = now_s
        self._pings_sent_s.pop(self._pings - _REMEMBERED, None)
        self._next_ping_s = now_s + (FIRST_PINGS_S if self._pings < WINDOW else PING_S)
        return ping(self._pings)

    def _take_pong(self, pong: Pong, now_s: float) -> None:
        sent_s = self._pings_sent_s.pop(pong.identity, None)
        if sent_s is None:
            raise PacketError(
                f"Expected a pong with the id of an open ping, got {pong.identity}. Answer each ping once."
            )
        if not 0 <= pong.sent_s - pong.received_s <= now_s - sent_s + _BROWSER_ROUNDING_S:
            raise PacketError(
                f"Expected a pong within {now_s - sent_s:.3f} s, "
                f"got one that says {pong.sent_s - pong.received_s:.3f} s. Send both times by one clock."
            )
        self.clock.add(Ping(sent_s, pong.received_s, pong.sent_s, now_s))

    def _is_new(self, sequence: int) -> bool:
        if sequence in self._recent:
            self.counts.duplicates += 1
        elif self._recent and sequence < self._recent[-1]:
            self.counts.late += 1
        else:
            self._recent.append(sequence)
            return True
        return False

    def _local_capture_time(self, frame: LandmarkFrame) -> float:
        """Return the capture time on our clock.

        It is never in the future, and always after the frame before, even where a better ping has just moved the offset.
        """
        local_s = min(self.clock.to_local(frame.capture_time_s), frame.receive_time_s)
        self._last_capture_s = max(local_s, self._last_capture_s + _SMALLEST_STEP_S)
        return self._last_capture_s

"""The hub of phones: handshakes, frames handed on, comings and goings reported.

One phone is received at a time: the one that said hello last. Everything here runs in the server's
thread; sockets are the edges' part (`phone_socket.py`, `phone_post.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from capture.frames.capture_error import PacketError
from capture.frames.landmark_frame import LandmarkFrame
from capture.limited_log import LimitedLog
from capture.phone.pairing import Pairing, RefusedError
from capture.phone.phone_messages import (
    PROTOCOL_VERSION,
    DesktopStatus,
    Hello,
    Incoming,
    parse_message,
    read_message,
    welcome,
)
from capture.phone.phone_session import SILENCE_S, PhoneCounts, PhoneSession

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhoneStatus:
    """The presence of a phone; `message` says it in words. The rest is empty without a phone."""

    connected: bool
    message: str
    device: str = ""
    address: str = ""
    transport: str = ""
    """`websocket` or `post`."""


class PhoneHub:
    """The place where messages and packets of phones become frames.

    Args:
        pairing: decides which phone may connect.
        deliver: is called with every frame.
        on_status: is called at every coming and going of a phone.
        clock: returns this machine's time, seconds.
    """

    def __init__(
        self,
        pairing: Pairing,
        deliver: Callable[[LandmarkFrame], None],
        on_status: Callable[[PhoneStatus], None],
        clock: Callable[[], float],
    ) -> None:
        self.pairing = pairing
        self.counts = PhoneCounts()
        self.clock = clock
        self.status = PhoneStatus(connected=False, message="waiting for a phone")
        self._deliver, self._on_status = deliver, on_status
        self._current: PhoneSession | None = None
        self._desktop: DesktopStatus | None = None
        self._warnings = LimitedLog(_log, clock)
        self._faults = LimitedLog(_log, clock)

    @property
    def current(self) -> PhoneSession | None:
        return self._current

    def handshake(self, first: Incoming | None, *, transport: str, address: str) -> PhoneSession:
        """Return the session that a phone's first message opens; it replaces the one before.

        Args:
            first: the phone's first message; None where it could not be read.
            transport: `websocket` or `post`.
            address: the phone's IP address.

        Returns:
            The session, its welcome waiting to be sent.

        Raises:
            RefusedError: for a phone that may not connect.
        """
        try:
            key = self._admit(first)
        except RefusedError as refused:
            self._warnings.warning(f"phone at {address} refused: {refused}")
            raise
        assert isinstance(first, Hello)
        session = PhoneSession(
            first, welcome(key), self.counts, self.clock(), transport=transport, address=address
        )
        if self._current is not None:
            self._current.end(
                RefusedError("replaced", "Expected one open page, got a second elsewhere. Close one of them.")
            )
        self._current = session
        if self._desktop is not None:
            session.send_status(self._desktop)
        self._report(session, f"connected: {first.device or 'a phone'} at {address} by {transport}")
        return session

    def _admit(self, first: Incoming | None) -> str:
        """Return the session key of a phone that may connect."""
        if not isinstance(first, Hello):
            raise RefusedError(
                "hello_expected", "Expected a hello first, got something else. Reload the page."
            )
        if first.version != PROTOCOL_VERSION:
            raise RefusedError(
                "version",
                f"Expected a page of version {PROTOCOL_VERSION}, got version {first.version}. Reload the page.",
            )
        if first.token:
            return self.pairing.exchange(first.token)
        if first.session:
            self.pairing.check_session(first.session)
            return first.session
        raise RefusedError(
            "token_missing", "Expected a paired page, got one without a code. Scan the code on the desktop."
        )

    def receive_text(self, session: PhoneSession, text: str) -> None:
        """Receive a message of a session; a bad one is counted, logged and dropped.

        Args:
            session: the sender's session.
            text: the message in JSON.
        """
        self._receive(session, lambda: parse_message(text))

    def receive_fields(self, session: PhoneSession, fields: object) -> None:
        """Receive a message that is parsed from JSON already; a bad one is counted, logged and dropped.

        Args:
            session: the sender's session.
            fields: the value that the JSON held.
        """
        self._receive(session, lambda: read_message(fields))

    def _receive(self, session: PhoneSession, message: Callable[[], Incoming | None]) -> None:
        try:
            session.receive_message(message(), self.clock())
        except PacketError as error:
            self.reject(str(error))
        if session.received_bye:
            self.leave(session, "closed its page")

    def receive_packet(self, session: PhoneSession, packet: bytes) -> None:
        """Receive a packet and hand its frame on; a bad packet is counted, logged and dropped.

        Args:
            session: the sender's session; packets of any but the current one are ignored.
            packet: the bytes of one packet (docs/packet.md).
        """
        if session is not self._current:
            return
        try:
            frame = session.receive_packet(packet, self.clock())
        except PacketError as error:
            self.reject(str(error))
            return
        if frame is not None:
            self._hand_on(frame)

    def _hand_on(self, frame: LandmarkFrame) -> None:
        try:
            self._deliver(frame)
        except Exception as error:
            # Whoever takes the frames has failed; the phones shall not be cut off for it.
            self._faults.warning(f"frame {frame.sequence} was not taken: {type(error).__name__}: {error}")

    def reject(self, why: str) -> None:
        """Count a rejection and log it at a limited rate.

        Args:
            why: the reason, as a line of the log.
        """
        self.counts.rejected += 1
        self._warnings.warning(f"dropped: {why}")

    def leave(self, session: PhoneSession, why: str) -> None:
        """End a session; nothing happens if another one took its place before.

        Args:
            session: the session that is over.
            why: the reason, in words that follow the phone's name.
        """
        if session is self._current:
            self._current = None
            self._report(None, f"lost: {session.device or 'the phone'} {why}")

    def drop_silent(self) -> None:
        """End the session with a phone that has sent nothing for `SILENCE_S` seconds."""
        session = self._current
        if session is not None and session.is_silent(self.clock()):
            session.end(
                RefusedError(
                    "silent",
                    f"Expected messages from this phone, got none for {SILENCE_S:.0f} s. Open its page again.",
                )
            )
            self.leave(session, f"said nothing for {SILENCE_S:.0f} s")

    def send_status(self, now: DesktopStatus) -> None:
        """Send a status to the phone, and to each later phone when it connects.

        Args:
            now: the newest status.
        """
        self._desktop = now
        if self._current is not None:
            self._current.send_status(now)

    def send_bye(self) -> None:
        """Send a goodbye to the phone, where there is one."""
        if self._current is not None:
            self._current.send_bye()

    def _report(self, phone: PhoneSession | None, message: str) -> None:
        _log.info("phone %s", message)
        if phone is None:
            self.status = PhoneStatus(False, message)
        else:
            self.status = PhoneStatus(True, message, phone.device, phone.address, phone.transport)
        try:
            self._on_status(self.status)
        except Exception as error:
            self._faults.warning(f"status was not taken: {type(error).__name__}: {error}")

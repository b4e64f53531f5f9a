"""The offset of another machine's clock from this machine's, by pings that were answered.

One ping gives four times: sent and returned on our clock, received and answered on theirs. With
round trip r = (returned - sent) - (answered - received), the offset

    ((sent - received) + (returned - answered)) / 2

is wrong by r / 2 at most, whatever fraction of r each direction took (the argument of NTP). So the
fastest of the newest pings is the best one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW = 20
"""Pings that are remembered."""

DRIFT_SLACK_S = 0.004
"""Largest disagreement of two pings beyond their bounds; above it the clock counts as set anew. Browsers
round to 1 ms, and clocks drift by 0.1 ms a second at worst."""


@dataclass(frozen=True)
class Ping:
    """One answered ping, seconds; `sent_s` and `returned_s` ours, the other two theirs."""

    sent_s: float
    received_s: float
    answered_s: float
    returned_s: float

    @property
    def round_trip_s(self) -> float:
        """Time on the way there and back, seconds; 0 where the rounding of their clock makes it look negative."""
        return max(0.0, (self.returned_s - self.sent_s) - (self.answered_s - self.received_s))

    @property
    def offset_s(self) -> float:
        """The seconds to add to their time to get ours."""
        return ((self.sent_s - self.received_s) + (self.returned_s - self.answered_s)) / 2

    def agrees_with(self, other: Ping) -> bool:
        """Return whether one constant offset explains both pings.

        Args:
            other: the ping to compare with.

        Returns:
            True where the offsets differ by no more than half of both round trips and `DRIFT_SLACK_S`.
        """
        bound = (self.round_trip_s + other.round_trip_s) / 2 + DRIFT_SLACK_S
        return abs(self.offset_s - other.offset_s) <= bound


class ClockOffset:
    """The offset by the fastest of the newest `window` pings."""

    def __init__(self, window: int = WINDOW) -> None:
        self._pings: deque[Ping] = deque(maxlen=window)

    def add(self, ping: Ping) -> None:
        """Take a ping in.

        Args:
            ping: the newest answered ping.

        A clock that was set anew (a phone that slept) drops the pings before.
        """
        agreeing = [before for before in self._pings if before.agrees_with(ping)]
        self._pings = deque([*agreeing, ping], maxlen=self._pings.maxlen)

    @property
    def known(self) -> bool:
        return bool(self._pings)

    @property
    def round_trip_s(self) -> float:
        """The fastest ping's round trip; half of it bounds the error. Needs a ping."""
        return self._fastest.round_trip_s

    def to_local(self, remote_s: float) -> float:
        """Return their time on our clock; at least one ping must have been added.

        Args:
            remote_s: seconds on their clock.

        Returns:
            Seconds on this machine's clock.
        """
        return remote_s + self._fastest.offset_s

    @property
    def _fastest(self) -> Ping:
        assert self._pings, "no ping was answered yet"
        return min(self._pings, key=lambda ping: ping.round_trip_s)

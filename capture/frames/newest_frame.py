"""A mailbox with one slot: the newest value wins, the ones it replaces are counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestFrame(Generic[T]):
    """A slot that hands the newest value from one thread to another; a slow taker never builds up a queue."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._value: T | None = None
        self._closed = False
        self.dropped = 0
        """Values that were replaced before anybody took them."""

    def put(self, value: T) -> None:
        """Put a value into the slot and wake the taker; a value that still lies there is dropped and counted.

        Args:
            value: the newest value.
        """
        with self._ready:
            self.dropped += self._value is not None
            self._value = value
            self._ready.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """Return the newest value once there is one, and empty the slot.

        Args:
            timeout_s: seconds to wait at most; None for no limit.

        Returns:
            The value; None after `timeout_s`, or once the mailbox is closed and empty.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._value is not None or self._closed, timeout_s)
            value, self._value = self._value, None
            return value

    def close(self) -> None:
        """Close the mailbox: no further values will come, and a waiting taker wakes up."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    @property
    def waiting(self) -> bool:
        """Whether a value lies in the slot."""
        return self._value is not None

    @property
    def closed(self) -> bool:
        return self._closed and self._value is None

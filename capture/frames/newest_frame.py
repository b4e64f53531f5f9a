"""A mailbox with one slot: the newest value wins, the ones it replaces are counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestFrame(Generic[T]):
    """Hands the newest value from one thread to another; a slow taker never builds up a queue."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._value: T | None = None
        self._closed = False
        self.dropped = 0
        """Values that were replaced before anybody took them."""

    def put(self, value: T) -> None:
        with self._ready:
            self.dropped += self._value is not None
            self._value = value
            self._ready.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """The newest value, or None after `timeout_s` or once the mailbox is closed and empty."""
        with self._ready:
            self._ready.wait_for(lambda: self._value is not None or self._closed, timeout_s)
            value, self._value = self._value, None
            return value

    def close(self) -> None:
        """No further values will come; a waiting taker wakes up."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed and self._value is None

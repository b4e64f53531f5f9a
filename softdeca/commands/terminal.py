"""Words for people, all of them on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def show_progress(unit: str) -> Callable[[int, int], None]:
    """A progress line on a terminal, nothing elsewhere."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and (done % 10 == 0 or done == total):
            end = "\n" if done == total else ""
            print(f"\r{done} of {total} {unit}", end=end, file=sys.stderr, flush=True)

    return show


def show_step(step: str) -> None:
    """What is being done, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{step}", end="", file=sys.stderr, flush=True)

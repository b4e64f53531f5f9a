"""Words for people, all of them on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable


def say(line: str) -> None:
    """Write a line to standard error.

    Args:
        line: for the user.
    """
    print(line, file=sys.stderr, flush=True)


def show_progress(unit: str) -> Callable[[int, int], None]:
    """Return a function that shows a progress line on a terminal, and nothing elsewhere.

    Args:
        unit: the things counted, in the plural.

    Returns:
        A function of the numbers done and in all.
    """

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and (done % 10 == 0 or done == total):
            end = "\n" if done == total else ""
            print(f"\r{done} of {total} {unit}", end=end, file=sys.stderr, flush=True)

    return show


def show_step(step: str) -> None:
    """Show the present step, on a terminal.

    Args:
        step: the step's name.
    """
    if sys.stderr.isatty():
        print(f"\r\033[K{step}", end="", file=sys.stderr, flush=True)

"""The longest time that a frame may take, as the command line writes it."""

from __future__ import annotations

import re

from firmware_bench.measure.bench_error import BudgetError

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s)")
_IN_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def parse_budget(text: str) -> float:
    """Return the budget in a text.

    Args:
        text: a number and its unit, as in "10ms", "800us" or "0.01s".

    Returns:
        Milliseconds.

    Raises:
        BudgetError: for anything but a positive time with its unit.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None or not float(found[1]) > 0:
        raise BudgetError(f"Expected a budget with its unit, got '{text}'. Write it as in 10ms or 800us.")
    return float(found[1]) * _IN_MS[found[2]]

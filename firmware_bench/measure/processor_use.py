"""The system's account of this process: time on a processor, and how often the process was put aside."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class ProcessorUse:
    """Totals since the process began. Switches are None where the system does not count them."""

    cpu_s: float
    interruptions: int | None
    """Times that the scheduler took the processor away although there was work."""
    waits: int | None
    """Times that the process gave it up itself, to sleep or to wait for another thread."""


def processor_use() -> ProcessorUse:
    """Return the totals of this process until now.

    Returns:
        Seconds of all threads together, and both kinds of switches; Windows does not count switches.
    """
    if sys.platform == "win32":
        return ProcessorUse(time.process_time(), None, None)
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    return ProcessorUse(time.process_time(), used.ru_nivcsw, used.ru_nvcsw)

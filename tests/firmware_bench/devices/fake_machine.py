"""A machine whose time is told by its tasks: every call moves the clock by what it says."""

from __future__ import annotations

from collections.abc import Callable

from firmware_bench.measure.processor_use import ProcessorUse
from firmware_bench.measure.timed_rounds import Subject


class FakeMachine:
    """`mood` multiplies what everything takes; it may change while it runs."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.mood: Callable[[float], float] = lambda now_s: 1.0
        self.ran: list[str] = []
        self.stolen_s, self.interruptions = 0.0, 0

    def clock(self) -> float:
        return self.now_s

    def use(self) -> ProcessorUse:
        return ProcessorUse(self.now_s - self.stolen_s, self.interruptions, 0)

    def interrupt(self, ms: float) -> None:
        """Somebody else runs for so long."""
        self.now_s += 1e-3 * ms
        self.stolen_s += 1e-3 * ms
        self.interruptions += 1

    def subject(self, model: str, ms: float, **more) -> Subject:
        def call() -> None:
            self.ran.append(model)
            self.now_s += 1e-3 * ms * self.mood(self.now_s)

        return Subject(model, "numpy", call, **more)

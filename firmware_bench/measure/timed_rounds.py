"""Interleaved timing: every subject runs in every round, so that all see the same machine.

A shared machine's speed wanders by tens of percent within seconds: clock, neighbours, other processes. Timing one
subject after the other charges that to the subject of the worse minute. So a run is cut into rounds. In each round all
subjects run, in an order drawn anew, for a slice of the time. The first call of a slice finds the caches as another
subject left them: it is kept apart as the cold one and the rest are warm. A subject that takes longer than its slices
sits rounds out, spread evenly.

Ratios are taken within a round, where the machine was one and the same, and their median over rounds is reported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from firmware_bench.measure.processor_use import ProcessorUse, processor_use

_LEAST_ROUNDS = 3
_ENOUGH_ROUNDS = 6
_PATIENCE = 2.0
"""A machine so busy that a run takes this much longer than planned ends it early, with fewer rounds."""
_MOST_CALLS = 400
"""Calls of one subject in one round at most: more of them add nothing for a cheap one."""


@dataclass(frozen=True)
class Subject:
    """Something to time. `call` does it once and keeps nothing from the call before."""

    model: str
    runtime: str
    call: Callable[[], object]
    threads: int = 1
    macs: int | None = None
    bytes: int | None = None
    within: Callable[[], AbstractContextManager] = nullcontext
    """The context of a slice, such as a limit of threads; it is not timed."""

    @property
    def key(self) -> tuple[str, str, int]:
        return self.model, self.runtime, self.threads


@dataclass(frozen=True)
class SubjectTimes:
    """The times of one subject: for each round its warm calls, none where the subject sat out, and its cold one.

    Where a slice has a single call, that call is both.
    """

    rounds: tuple[Float[np.ndarray, "_"], ...]
    """Milliseconds of the warm calls."""
    cold: Float[np.ndarray, "slices"]
    """Milliseconds of each slice's first call; rounds that the subject sat out have no entry."""
    cpu_ms: Float[np.ndarray, "rounds"] = field(default_factory=lambda: np.zeros(0))
    """Processor time of a call in each round, all threads together; nan where the subject sat out. Empty: not measured."""
    interruptions: float | None = None
    """Times a call that the scheduler took the processor away. From some tenths on, the median includes waiting."""
    waits: float | None = None
    """Times a call that it gave the processor up itself."""

    @property
    def round_ms(self) -> Float[np.ndarray, "rounds"]:
        """The median of each round's warm calls, nan where there was none."""
        return np.array([np.median(calls) if len(calls) else np.nan for calls in self.rounds])

    @property
    def calls(self) -> Float[np.ndarray, "calls"]:
        return np.concatenate(self.rounds)

    @property
    def median_ms(self) -> float:
        return float(np.nanmedian(self.round_ms))


def time_rounds(
    subjects: Sequence[Subject],
    seconds: float,
    rounds: int,
    *,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
    use: Callable[[], ProcessorUse] = processor_use,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[SubjectTimes]:
    """Return the times of all subjects, measured in interleaved rounds.

    Args:
        subjects: one at least.
        seconds: planned for all rounds together. Once twice as many have passed, no round begins after the sixth.
        rounds: planned; three at least.
        seed: for the order of the subjects in each round.
        clock: seconds.
        use: this process's use of the processor until now.
        progress: receives (rounds done, rounds in all) after each round.

    Returns:
        One entry for each subject, in their order.
    """
    assert subjects and rounds >= _LEAST_ROUNDS
    rng = np.random.default_rng(seed)
    slice_s = seconds / rounds / len(subjects)
    plans = [_plan(subject, slice_s, rounds, clock) for subject in subjects]
    logs = [_Log() for _ in subjects]
    end_s = clock() + _PATIENCE * seconds
    for number in range(rounds):
        if clock() > end_s and number >= _ENOUGH_ROUNDS:
            break
        for index in rng.permutation(len(subjects)):
            if (number + plans[index].offset) % plans[index].every:
                logs[index].sit_out()
            else:
                _slice(subjects[index], plans[index].calls, clock, use, logs[index])
        progress(number + 1, rounds)
    return [log.times() for log in logs]


@dataclass(frozen=True)
class _Plan:
    calls: int
    """Calls in a round, the cold one among them."""
    every: int
    offset: int


def _plan(subject: Subject, slice_s: float, rounds: int, clock) -> _Plan:
    """Return how often a subject runs, from the faster of two trial calls, which also warm it up."""
    with subject.within():
        trial_s = min(_once(subject.call, clock) for _ in range(2))
    if trial_s <= slice_s / 2:
        return _Plan(min(_MOST_CALLS, int(slice_s / max(trial_s, 1e-9))), 1, 0)
    every = int(np.clip(np.ceil(trial_s / slice_s), 1, rounds // _LEAST_ROUNDS))
    return _Plan(1, every, 0)


def _slice(subject: Subject, calls: int, clock, use, log: _Log) -> None:
    times_s = np.empty(calls)
    with subject.within():
        before = use()
        for index in range(calls):
            times_s[index] = _once(subject.call, clock)
        log.add(1e3 * times_s, before, use())


class _Log:
    """The times of one subject's slices."""

    def __init__(self) -> None:
        self._warm: list[np.ndarray] = []
        self._cold: list[float] = []
        self._cpu_ms: list[float] = []
        self._calls, self._interruptions, self._waits = 0, 0, 0
        self._counted = True

    def sit_out(self) -> None:
        self._warm.append(np.zeros(0))
        self._cpu_ms.append(np.nan)

    def add(self, times_ms: Float[np.ndarray, "calls"], before: ProcessorUse, after: ProcessorUse) -> None:
        self._cold.append(times_ms[0])
        self._warm.append(times_ms[1:] if len(times_ms) > 1 else times_ms)
        self._cpu_ms.append(1e3 * (after.cpu_s - before.cpu_s) / len(times_ms))
        self._calls += len(times_ms)
        if before.interruptions is None or after.interruptions is None:
            self._counted = False
        else:
            self._interruptions += after.interruptions - before.interruptions
            self._waits += (after.waits or 0) - (before.waits or 0)

    def times(self) -> SubjectTimes:
        counts = (
            (self._interruptions / self._calls, self._waits / self._calls) if self._counted else (None, None)
        )
        return SubjectTimes(tuple(self._warm), np.array(self._cold), np.array(self._cpu_ms), *counts)


def _once(call: Callable[[], object], clock) -> float:
    start_s = clock()
    call()
    return clock() - start_s


def paired_ratio(times: SubjectTimes, reference: SubjectTimes) -> Float[np.ndarray, "rounds"]:
    """Return each round's ratio of medians.

    Args:
        times: the numerator.
        reference: the denominator, timed in the same rounds.

    Returns:
        (R,) ratios; nan where one of the two sat out.
    """
    return times.round_ms / reference.round_ms


def half_difference(ratios: Float[np.ndarray, "rounds"]) -> float | None:
    """Return the relative difference of the medians of the first and of the second half of a run.

    Args:
        ratios: (R,), one a round; nan where a subject sat out.

    Returns:
        |first - second| / median of all; None for fewer than six rounds.
    """
    known = ratios[np.isfinite(ratios)]
    if len(known) < 2 * _LEAST_ROUNDS:
        return None
    middle = len(known) // 2
    return float(abs(np.median(known[:middle]) - np.median(known[middle:])) / np.median(known))

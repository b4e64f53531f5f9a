"""Interleaved timing: every subject runs in every round, so that all see the same machine.

A shared machine's speed wanders by tens of percent within seconds: clock, neighbours, other processes. Timing one
subject after the other charges that to whichever ran in the worse minute. So a run is cut into rounds; in each
round all subjects run, in an order drawn anew, for a slice of the time. The first call of a slice finds the caches as
another subject left them: it is kept apart as the cold one and the rest are warm. A subject that takes longer
than its slices sits rounds out, spread evenly.

Ratios are taken within a round, where the machine was one and the same, and their median over rounds is reported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

_LEAST_ROUNDS = 3
_MOST_CALLS = 400
"""Of one subject in one round: a cheap one has seen enough."""


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
    """What a slice runs in, such as a limit of threads; not timed."""

    @property
    def key(self) -> tuple[str, str, int]:
        return self.model, self.runtime, self.threads


@dataclass(frozen=True)
class SubjectTimes:
    """Milliseconds: for each round its warm calls (none where the subject sat out) and its cold one."""

    rounds: tuple[Float[np.ndarray, "calls"], ...]
    cold: Float[np.ndarray, "rounds"]

    @property
    def round_ms(self) -> Float[np.ndarray, "rounds"]:
        """The median of each round, nan where there was none."""
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
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[SubjectTimes]:
    """Times all subjects for about `seconds`; one result for each, in their order."""
    assert subjects and rounds >= _LEAST_ROUNDS
    rng = np.random.default_rng(seed)
    slice_s = seconds / rounds / len(subjects)
    plans = [_plan(subject, slice_s, rounds, clock) for subject in subjects]
    warm: list[list[np.ndarray]] = [[] for _ in subjects]
    cold: list[list[float]] = [[] for _ in subjects]
    for number in range(rounds):
        for index in rng.permutation(len(subjects)):
            plan = plans[index]
            if (number + plan.offset) % plan.every:
                warm[index].append(np.zeros(0))
                continue
            times = _slice(subjects[index], plan.calls, clock)
            cold[index].append(times[0])
            warm[index].append(times[1:] if len(times) > 1 else times)
        progress(number + 1, rounds)
    return [SubjectTimes(tuple(w), np.array(c)) for w, c in zip(warm, cold, strict=True)]


@dataclass(frozen=True)
class _Plan:
    calls: int
    """In a round, the cold one among them."""
    every: int
    offset: int


def _plan(subject: Subject, slice_s: float, rounds: int, clock) -> _Plan:
    """How often a subject runs, from the faster of two trial calls, which also warm it up."""
    with subject.within():
        trial_s = min(_once(subject.call, clock) for _ in range(2))
    if trial_s <= slice_s / 2:
        return _Plan(min(_MOST_CALLS, int(slice_s / max(trial_s, 1e-9))), 1, 0)
    every = int(np.clip(np.ceil(trial_s / slice_s), 1, rounds // _LEAST_ROUNDS))
    return _Plan(1, every, 0)


def _slice(subject: Subject, calls: int, clock) -> Float[np.ndarray, "calls"]:
    times_s = np.empty(calls)
    with subject.within():
        for index in range(calls):
            times_s[index] = _once(subject.call, clock)
    return 1e3 * times_s


def _once(call: Callable[[], object], clock) -> float:
    start_s = clock()
    call()
    return clock() - start_s


def paired_ratio(times: SubjectTimes, reference: SubjectTimes) -> Float[np.ndarray, "rounds"]:
    """Each round's ratio of medians; nan where one of the two sat out."""
    return times.round_ms / reference.round_ms


def half_difference(ratios: Float[np.ndarray, "rounds"]) -> float | None:
    """Relative difference of the medians of the first and of the second half of a run; None for too few rounds."""
    known = ratios[np.isfinite(ratios)]
    if len(known) < 2 * _LEAST_ROUNDS:
        return None
    middle = len(known) // 2
    return float(abs(np.median(known[:middle]) - np.median(known[middle:])) / np.median(known))

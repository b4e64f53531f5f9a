"""Recorded frames at the pace at which they were captured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from capture.frames.landmark_frame import LandmarkFrame

DEFAULT_SPACING_S = 1 / 30
"""Pause before a take of a single frame begins again."""


def in_real_time(
    frames: Iterable[LandmarkFrame],
    *,
    loop: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[LandmarkFrame]:
    """Return the frames, each at its moment, as if the camera were running now.

    Args:
        frames: in the order of their capture times.
        loop: begin again after the last frame, without end. The frames are then kept in memory (6 kB each), and
            sequence numbers and times go on rising.
        clock: returns seconds.
        sleep: waits for a number of seconds.

    Returns:
        The frames. `capture_time_s` becomes the moment on `clock` at which the frame is due, `receive_time_s` the one
        at which it is handed over.

    Nothing is dropped: a taker who falls behind gets the late frames at once.
    """
    start_s: float | None = None
    for frame in endlessly(frames) if loop else frames:
        now_s = clock()
        if start_s is None:
            start_s = now_s - frame.capture_time_s
        due_s = start_s + frame.capture_time_s
        if due_s > now_s:
            sleep(due_s - now_s)
        yield replace(frame, capture_time_s=due_s, receive_time_s=clock())


def endlessly(frames: Iterable[LandmarkFrame]) -> Iterator[LandmarkFrame]:
    """Return the frames over and over; each round is numbered and timed to follow the one before it.

    Args:
        frames: in the order of their capture times.

    Returns:
        The frames; only a lack of frames ends them. The mean spacing of the frames lies between two rounds, or
        `DEFAULT_SPACING_S` where their times span nothing.
    """
    kept: list[LandmarkFrame] = []
    for frame in frames:
        kept.append(frame)
        yield frame
    if not kept:
        return
    numbers = kept[-1].sequence + 1 - kept[0].sequence
    span_s = kept[-1].capture_time_s - kept[0].capture_time_s
    period_s = span_s + (span_s / (len(kept) - 1) if span_s > 0 else DEFAULT_SPACING_S)
    rounds = 0
    while True:
        rounds += 1
        for frame in kept:
            yield replace(
                frame,
                sequence=frame.sequence + rounds * numbers,
                capture_time_s=frame.capture_time_s + rounds * period_s,
            )

"""Chunks of a kernel on a few threads that sleep when there is nothing to do.

A compiled kernel that releases the interpreter lock needs no more than Python's own threads. OpenMP's wait by
spinning: on two cores, an L-BFGS iteration took 3 ms alone and 30 ms beside one other busy process. Here each
thread takes a new chunk when it is free, and the caller takes part. Helpers that have not begun when the
caller is done are not waited for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import count


def available_threads() -> int:
    """Return the number of cores that this process may use.

    Returns:
        The size of its affinity mask, or the machine's count where there is no such mask.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ChunkThreads:
    """`threads` workers, the caller among them."""

    def __init__(self, threads: int):
        assert threads >= 1
        self._helpers = threads - 1

    def run(self, task: Callable[[int], object], chunks: int) -> None:
        """Call a task for every chunk once, and return when all are done.

        Args:
            task: called with 0 to `chunks` - 1, from several threads.
            chunks: the number of calls.
        """
        numbers = count()

        def work() -> None:
            while (chunk := next(numbers)) < chunks:
                task(chunk)

        helping = [_pool(self._helpers).submit(work) for _ in range(min(self._helpers, chunks - 1))]
        work()
        for helper in helping:
            if not helper.cancel():
                helper.result()


@lru_cache(maxsize=4)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="simulation")

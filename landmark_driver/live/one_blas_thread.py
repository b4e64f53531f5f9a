"""Linear algebra on one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def one_blas_thread() -> AbstractContextManager:
    """Return a context within which NumPy's BLAS uses the calling thread alone.

    The per-frame products are far too small to share: handing them to a second thread costs more
    than it saves, and thirteen times more once the other core is busy (0.62 against 7.99 ms a frame).

    Returns:
        A context manager, in force at once.
    """
    return threadpool_limits(1, "blas")

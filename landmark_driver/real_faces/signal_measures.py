"""Measures of a signal that arrives: correlation, amplitude, lag, closures of lids and jitter."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

_LOW_PERCENT, _HIGH_PERCENT = 2, 98
_LAGS = 6
"""Frames of shift that are tried in each direction."""
_HALF, _QUARTER = 0.5, 0.25
_BEFORE, _AFTER = 1, 3
"""Frames around a closure in which the head may close."""

Signal = Float[np.ndarray, "frames"]


def correlation(signal: Signal, reference: Signal) -> float:
    """Return the correlation coefficient of two signals.

    Args:
        signal: (T,) in any unit.
        reference: (T,) in any unit.

    Returns:
        -1 to 1; 0 where one of them does not move.
    """
    a, b = signal - signal.mean(), reference - reference.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b / scale) if scale > 0 else 0.0


def amplitude_ratio(signal: Signal, reference: Signal) -> float:
    """Return how large a signal is beside its reference: the ratio of ranges from the 2nd to the 98th percentile.

    Args:
        signal: (T,) in the reference's unit.
        reference: (T,).

    Returns:
        The ratio; infinite where the reference does not move.
    """
    spans = [float(np.ptp(np.percentile(s, (_LOW_PERCENT, _HIGH_PERCENT)))) for s in (signal, reference)]
    return spans[0] / spans[1] if spans[1] > 0 else np.inf


def lag_frames(signal: Signal, reference: Signal) -> float:
    """Return by how many frames a signal comes after its reference: the shift of the best correlation.

    Args:
        signal: (T,) in any unit.
        reference: (T,) in any unit, at least 16 frames.

    Returns:
        Frames, at most 6 in either direction; between frames by a parabola through three correlations.
    """
    inner = slice(_LAGS, len(reference) - _LAGS)
    shifts = np.arange(-_LAGS, _LAGS + 1)
    found = np.array([correlation(np.roll(signal, -shift)[inner], reference[inner]) for shift in shifts])
    best = int(np.argmax(found))
    if best in (0, len(shifts) - 1):
        return float(shifts[best])
    before, peak, after = found[best - 1 : best + 2]
    bend = before - 2 * peak + after
    return float(shifts[best] + (0.5 * (before - after) / bend if bend < 0 else 0.0))


def closures(opening: Signal) -> list[tuple[int, int]]:
    """Return the frames in which an eye closes.

    Args:
        opening: (T,) fraction of the eye's usual opening.

    Returns:
        First frame and the frame after the last of each run below half of the usual opening that goes below a quarter.
    """
    below = np.concatenate([[False], opening < _HALF, [False]])
    edges = np.flatnonzero(below[1:] != below[:-1]).reshape(-1, 2)
    return [(int(start), int(end)) for start, end in edges if opening[start:end].min() < _QUARTER]


def least_gaps(gap: Signal, runs: list[tuple[int, int]]) -> list[float]:
    """Return how far the head's lids close in each closure of the performer's.

    Args:
        gap: (T,) millimetres between the head's lid rims.
        runs: first frame and the frame after the last of each closure.

    Returns:
        The least gap, millimetres, from one frame before to three frames after each run.
    """
    return [float(gap[max(0, start - _BEFORE) : end + _AFTER].min()) for start, end in runs]


def jitter_mm(points: Float[np.ndarray, "frames points 3"], fps: float) -> float:
    """Return the jitter of points over the calmest second of a clip.

    Args:
        points: (T, P, 3) metres; at least three frames.
        fps: frames a second.

    Returns:
        Millimetres a frame²: the mean length of the second difference of position over the second where it is least.
    """
    second = 1e3 * np.linalg.norm(np.diff(points, 2, axis=0), axis=2).mean(1)
    window = min(max(1, round(fps)), len(second))
    return float(np.convolve(second, np.full(window, 1 / window), "valid").min())


def share(frames: Bool[np.ndarray, "frames"]) -> float:
    """Return the fraction of frames that are true.

    Args:
        frames: (T,) truth values.

    Returns:
        0 to 1; 1 where there are no frames.
    """
    return float(frames.mean()) if len(frames) else 1.0

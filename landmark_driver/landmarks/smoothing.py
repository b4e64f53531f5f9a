"""The One-Euro filter (Casiez, Roussel, Vogel, CHI 2012) on many channels at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

GAP_S = 0.5
"""After a longer gap the filter starts anew: what was before says nothing about now."""


_SPEED_CUTOFF_HZ = 1.5


class OneEuroFilter:
    """Adaptive low-pass: still signals are quiet, fast ones keep up.

    x̂ = a x + (1 - a) x̂',  a = 1 / (1 + 1 / (2 pi f dt)),  f = min_cutoff + beta |speed|, with the speed
    the length of each point's vector (units a second) and itself low-passed, so that no axis is slower
    than another. Cut-offs in hertz. Time comes from the capture stamps, so frames may be lost.
    """

    def __init__(self, min_cutoff_hz: Float[np.ndarray, "points"], beta: Float[np.ndarray, "points"]):
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._time_s: float | None = None

    def __call__(
        self, values: Float[np.ndarray, "points channels"], time_s: float
    ) -> Float[np.ndarray, "points channels"]:
        """The smoothed values. Not-a-number channels start anew with the next finite value."""
        elapsed = 0.0 if self._time_s is None else time_s - self._time_s
        if self._time_s is None or elapsed > GAP_S:
            return self._restart(values, time_s)
        if elapsed <= 0:
            return self._smooth.copy()
        speed = (values - self._raw) / elapsed
        self._speed += _gain(_SPEED_CUTOFF_HZ, elapsed) * (speed - self._speed)
        cutoff = self._min_cutoff_hz + self._beta * np.linalg.norm(self._speed, axis=1)
        smooth = self._smooth + _gain(cutoff, elapsed)[:, None] * (values - self._smooth)
        fresh = ~np.isfinite(smooth).all(1)
        smooth[fresh], self._speed[fresh] = values[fresh], 0.0
        self._raw, self._smooth, self._time_s = values.copy(), smooth, time_s
        return smooth.copy()

    def reset(self) -> None:
        self._time_s = None

    def _restart(self, values, time_s):
        self._raw, self._smooth, self._speed = values.copy(), values.copy(), np.zeros_like(values)
        self._time_s = time_s
        return values.copy()


def _gain(cutoff_hz, elapsed_s: float):
    return 1 / (1 + 1 / (2 * np.pi * cutoff_hz * elapsed_s))

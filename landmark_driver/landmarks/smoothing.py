"""The One-Euro filter (Casiez, Roussel, Vogel, CHI 2012) on many channels at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

GAP_S = 0.5
"""After a longer gap, in seconds, the filter starts anew: earlier values have no bearing on later ones."""


_SPEED_CUTOFF_HZ = 1.5


class OneEuroFilter:
    """Adaptive low-pass: still signals are quiet, fast ones keep up.

    x̂ = a x + (1 - a) x̂',  a = 1 / (1 + 1 / (2 pi f dt)),  f = min_cutoff + beta |speed|, with the speed
    the length of each point's vector (units a second) and itself low-passed, so that no axis is slower
    than another. Cut-offs are in hertz. Time comes from the capture stamps, so frames may be lost.
    """

    def __init__(self, min_cutoff_hz: Float[np.ndarray, "points"], beta: Float[np.ndarray, "points"]):
        """Take the settings of each point.

        Args:
            min_cutoff_hz: (P,) cut-off of a still point, hertz.
            beta: (P,) hertz for each unit a second.
        """
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._time_s: float | None = None

    def __call__(
        self, values: Float[np.ndarray, "points channels"], time_s: float
    ) -> Float[np.ndarray, "points channels"]:
        """Return the smoothed values.

        Args:
            values: (P, C) in any unit.
            time_s: capture time, seconds.

        Returns:
            (P, C) in the same unit. A point that was not a number starts anew with the next finite value; a frame no later than
            the last one changes nothing.
        """
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
        """Start anew with the next frame."""
        self._time_s = None

    def _restart(self, values, time_s):
        self._raw, self._smooth, self._speed = values.copy(), values.copy(), np.zeros_like(values)
        self._time_s = time_s
        return values.copy()


def _gain(cutoff_hz, elapsed_s: float):
    return 1 / (1 + 1 / (2 * np.pi * cutoff_hz * elapsed_s))

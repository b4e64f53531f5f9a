"""A filter whose gain grows with what a value surprises by.

Noise is smaller than motion, so still faces are quiet and lids are fast.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

GAP_S = 0.5
"""After a longer gap, in seconds, the filter starts anew: earlier values have no bearing on later ones."""


class InnovationFilter:
    """Adaptive low-pass on many points at once.

        x̂ = x̂' + a (x - x̂'),   a = a0 + (1 - a0) e² / (e² + τ²),   a0 = 1 / (1 + 1 / (2 pi f dt))

    with e = |x - x̂'| the length of each point's innovation, so that no axis is slower than another. A still point has the
    cut-off f, in hertz; one that jumps by much more than τ, in the values' unit, is there at once, at any rate of frames. A
    filter that opens with a measured speed, which must itself be smoothed, comes a frame or two late for a blink. Time comes from
    the capture stamps, so frames may be lost.
    """

    def __init__(self, cutoff_hz: Float[np.ndarray, "points"], threshold: Float[np.ndarray, "points"]):
        """Take the settings of each point.

        Args:
            cutoff_hz: (P,) f, hertz.
            threshold: (P,) τ, in the values' unit; infinite for a filter that is the same at any speed.
        """
        self._cutoff_hz, self._threshold = cutoff_hz, threshold
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
            self._smooth = values.copy()
        elif elapsed <= 0:
            return self._smooth.copy()
        else:
            self._smooth = self._advanced(values, elapsed)
        self._time_s = time_s
        return self._smooth.copy()

    def reset(self) -> None:
        """Start anew with the next frame."""
        self._time_s = None

    def _advanced(self, values, elapsed_s: float) -> Float[np.ndarray, "points channels"]:
        innovation = values - self._smooth
        squared = (innovation**2).sum(1)
        still = 1 / (1 + 1 / (2 * np.pi * self._cutoff_hz * elapsed_s))
        gain = still + (1 - still) * squared / (squared + self._threshold**2)
        smooth = self._smooth + gain[:, None] * innovation
        fresh = ~np.isfinite(smooth).all(1)
        smooth[fresh] = values[fresh]
        return smooth

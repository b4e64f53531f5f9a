"""Flesh that lags behind a moving head: a damped oscillator for each axis, driven by the flesh's acceleration.

Tissue that is carried along with acceleration a is under gravity g - a. The forward network has learned from the
simulation how tissue gives way to gravity, so only time is missing: u, the acceleration that tissue has given
way to so far, follows -a as a damped oscillator,

    u'' + 2 zeta omega u' + omega^2 (u + a) = 0

with omega from the head's tissue (`sway_mode.py`). a is taken at the centre of the flesh,
sum_v |d_v| x_v / sum_v |d_v|: a nod turns the head
about its neck, and cheeks and chin are carried another way than the eyes. One mode for the whole head and zeta 0.3
are chosen here, not simulated; tissue of different softness does not swing at different times. Steps are exact for
an acceleration that holds between frames, so no frame rate makes it unstable. Acceleration comes from poses
smoothed before they are differentiated twice.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.landmarks.smoothing import GAP_S, InnovationFilter
from landmark_driver.network.sway_mode import SwayMode

DAMPING = 0.3
_CUTOFF_HZ = 4.0
"""Cut-off of the head's place; the same at any speed, since a filter that opens with speed would act as a jerk."""
_LARGEST_M_S2 = 45.0
"""A little more than heads are shaken at, 3 to 4.3 g (J Appl Biomech 31:170, 2015)."""


class SecondaryMotion:
    """The flesh of one head: call it once a frame with the head's pose. `mode` may change on the way."""

    def __init__(self, mode: SwayMode, damping: float = DAMPING):
        """Start at rest.

        Args:
            mode: speed and centre of the head's swinging flesh.
            damping: zeta, relative to critical damping.
        """
        self.mode, self._damping = mode, damping
        self._smooth = InnovationFilter(np.array([_CUTOFF_HZ]), np.array([np.inf]))
        self.reset()

    def reset(self) -> None:
        """Put the tissue at rest; later poses have no connection with earlier ones."""
        self._smooth.reset()
        self._places: list[tuple[float, np.ndarray]] = []
        self._u, self._v = np.zeros(3), np.zeros(3)

    def __call__(
        self,
        T_world_head: Float[np.ndarray, "4 4"],
        time_s: float,
    ) -> Float[np.ndarray, "3"]:
        """Return u, the acceleration that tissue gives way to besides gravity.

        Args:
            T_world_head: (4, 4) head frame to world, metres.
            time_s: capture time, seconds; after a gap of more than 0.5 s the tissue is at rest.

        Returns:
            (3,) m/s^2, head frame.
        """
        if self._places and not 0 < time_s - self._places[-1][0] <= GAP_S:
            self.reset()
        rotation = T_world_head[:3, :3]
        place_m = rotation @ self.mode.centre_m + T_world_head[:3, 3]
        smooth = self._smooth(place_m[None], time_s)[0]
        self._places = [*self._places[-2:], (time_s, smooth)]
        if len(self._places) < 3:
            return self._u
        felt = -_acceleration(self._places)
        felt *= min(1.0, _LARGEST_M_S2 / max(float(np.linalg.norm(felt)), 1e-9))
        self._advance(rotation.T @ felt, time_s - self._places[-2][0])
        return self._u

    def _advance(self, target: Float[np.ndarray, "3"], step_s: float) -> None:
        """Advance the oscillator exactly over one step with a target that holds."""
        omega, zeta = self.mode.omega, self._damping
        turned = omega * np.sqrt(1 - zeta**2)
        fade, c, s = np.exp(-zeta * omega * step_s), np.cos(turned * step_s), np.sin(turned * step_s)
        away, v = self._u - target, self._v
        self._u = target + fade * (away * c + (v + zeta * omega * away) * s / turned)
        self._v = fade * (v * c - (zeta * omega * v + omega**2 * away) * s / turned)


def _acceleration(places: list[tuple[float, np.ndarray]]) -> Float[np.ndarray, "3"]:
    """Return the acceleration through three places at times that need not be evenly spaced."""
    (t0, a), (t1, b), (t2, c) = places
    return 2 * ((c - b) / (t2 - t1) - (b - a) / (t1 - t0)) / (t2 - t0)

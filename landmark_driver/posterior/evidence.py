"""Which residual a person's landmarks ask for: its amplitude, and whether the head trembles, by their own likelihood.

A residual that may move much follows faces that no latent knows, and follows noise as well. Columns of a trembling head take
jitter away, and slow motion too. So neither is a constant: the choice under which a person's recent frames are likeliest is
taken, as the type-II maximum likelihood of Gaussian processes does with hyperparameters (Rasmussen and Williams 2006, 5.4).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float

from landmark_driver.posterior.landmark_posterior import LandmarkPosterior

_AMPLITUDES = (0.0, 0.05, 0.15, 0.5)
FRAMES = 64
"""The recent frames that count."""
_CLEARLY = 40.0
"""Logarithm of the likelihood ratio by which another choice must win. It is large because errors of neighbouring landmarks are
more alike than any noise that a driver is told."""


@dataclass(frozen=True)
class ResidualChoice:
    """What a driver lets landmarks do beside the latent."""

    amplitude: float
    """α of the residual's kernel; 0 for no residual."""
    trembles: bool
    """Whether the head's pose trembles."""


LATENT_ALONE = ResidualChoice(0.0, trembles=False)
"""For landmarks of which nothing is known, until evidence says otherwise."""
EXACT = ResidualChoice(0.5, trembles=False)
"""For points on a scan, until evidence says otherwise."""
TRACKED = ResidualChoice(0.05, trembles=True)
"""For landmarks of a tracker, until evidence says otherwise."""
ANY = tuple(ResidualChoice(a, trembles) for a, trembles in product(_AMPLITUDES, (False, True)))
TREMBLING = tuple(choice for choice in ANY if choice.trembles)
"""Choices for a tracker's landmarks, whose head pose always trembles."""


class Evidence:
    """The likelihoods of one person's recent frames under every choice."""

    def __init__(
        self,
        posterior: Callable[[ResidualChoice], LandmarkPosterior],
        choices: tuple[ResidualChoice, ...] = ANY,
    ):
        """Solve the systems of all choices, which takes some tenths of a second.

        Args:
            posterior: the posterior of the latent under a choice.
            choices: the choices to compare.
        """
        self._choices = choices
        self._posteriors = [posterior(choice) for choice in choices]
        self._recent: deque[Float[np.ndarray, "choices"]] = deque(maxlen=FRAMES)

    def __len__(self) -> int:
        return len(self._recent)

    def add(self, displacements: Float[np.ndarray, "coordinates"]) -> None:
        """Count one more frame, and forget the oldest.

        Args:
            displacements: (3 L,) metres from neutral, head frame, of all landmarks.
        """
        self._recent.append(np.array([p.log_likelihood(displacements) for p in self._posteriors]))

    def forget(self) -> None:
        """Forget all frames: another person is before the camera."""
        self._recent.clear()

    def best(self, now: ResidualChoice) -> ResidualChoice:
        """Return the choice under which the recent frames together are likeliest.

        Args:
            now: the choice in force, which stays where no other one is clearly better.

        Returns:
            One of the choices, or `now`.
        """
        if not self._recent:
            return now
        pooled = np.sum(self._recent, 0)
        best = int(np.argmax(pooled))
        if now in self._choices and pooled[best] < pooled[self._choices.index(now)] + _CLEARLY:
            return now
        return self._choices[best]

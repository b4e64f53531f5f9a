"""The contract of a source of training samples: parameters in, displacement of the whole head out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.tissue.tissue_setting import TissueSetting


class SampleFailed(Exception):  # noqa: N818 (it says what happened to a sample, which is counted, not fatal)
    """This sample has no valid result; it is left out of the dataset and counted in its manifest."""


@dataclass(frozen=True)
class MovedHead:
    """One result. Displacements are from the neutral head, metres, zero at the eyeballs."""

    displacement: Float[np.ndarray, "vertices 3"]
    state: dict[str, Any] = field(default_factory=dict)
    """Figures of the solve (residual, iterations, penetrations), none of which depends on time or machine."""


class SampleGenerator(Protocol):
    """Moves one head; made once per head, because the preparation is costly."""

    def __call__(self, weights: Float[np.ndarray, "52"], setting: TissueSetting) -> MovedHead:
        """Return the head moved by ARKit weights under a tissue setting; the same in, the same out.

        Args:
            weights: (52,) ARKit weights in 0..1.
            setting: the tissue.

        Returns:
            The displacement in metres, head frame.

        Raises:
            SampleFailed: where there is no valid result.
        """
        ...


class Physics(Protocol):
    """Prepares the sample generator of a head."""

    @property
    def settings(self) -> dict[str, Any]:
        """Return all other settings of the results; a dataset is not continued with different ones."""
        ...

    def __call__(self, head: IdentityHead) -> SampleGenerator: ...

"""What a source of training samples provides: parameters in, displacement of the whole head out."""

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
    """Figures of the solve (residual, iterations, penetrations): nothing that depends on time or machine."""


class HeadPhysics(Protocol):
    """Moves one head; made once per head, because what it prepares is costly."""

    def __call__(self, weights: Float[np.ndarray, "52"], setting: TissueSetting) -> MovedHead:
        """The head with these ARKit weights and tissue; raises SampleFailed. The same in, the same out."""
        ...


class PhysicsSource(Protocol):
    """Prepares the physics of a head."""

    @property
    def settings(self) -> dict[str, Any]:
        """What else the results depend on: a dataset is not continued with other ones."""
        ...

    def __call__(self, head: IdentityHead) -> HeadPhysics: ...


def physics_source(name: str, contact: bool = False) -> PhysicsSource:
    """The source of this name: `simulation`, or `stand-in`, which is quick and only resembles tissue."""
    from landmark_driver.hypernetwork.data.proxy_tissue import ProxySource
    from landmark_driver.hypernetwork.data.simulated_tissue import SimulationSource

    sources: dict[str, PhysicsSource] = {"simulation": SimulationSource(contact), "stand-in": ProxySource()}
    if name not in sources:
        raise ValueError(f"Expected one of {', '.join(sources)}, got '{name}'.")
    return sources[name]

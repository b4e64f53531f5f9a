"""An identity model as a head and directions from it, which is what least squares needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.identities.anny_identities import AnnyIdentities

_OLDEST, _YOUNGEST = 1.0, 0.5
"""Adults on Anny's age axis."""
_STEP = 0.2


@dataclass(frozen=True)
class LinearIdentities:
    """vertices(start + change) ≈ head + change @ directions."""

    start: Float[np.ndarray, "coefficients"]
    head: Float[np.ndarray, "vertices 3"]
    directions: Float[np.ndarray, "coefficients vertices 3"]
    """Metres for a change of one."""
    usual: Float[np.ndarray, "coefficients"]
    """Coefficients of the default adult."""
    spread: Float[np.ndarray, "coefficients"]
    """Standard deviation of each coefficient over people."""
    lower: Float[np.ndarray, "coefficients"]
    upper: Float[np.ndarray, "coefficients"]


def linear_identities(
    model: IdentityModel, start: Float[np.ndarray, "coefficients"] | None = None
) -> LinearIdentities:
    """The model around these coefficients, or around its mean."""
    usual = model.mean().coefficients
    start = usual if start is None else start
    if isinstance(model, AnnyIdentities):
        return _of_anny(model, usual, start)
    head = model.head(start).vertices
    directions = np.stack([model.head(start + step).vertices for step in np.eye(len(start))]) - head
    wide = np.full(len(start), 4.0)
    return LinearIdentities(start, head, directions, usual, np.ones(len(start)), -wide, wide)


def _of_anny(model: AnnyIdentities, usual, start) -> LinearIdentities:
    """Phenotypes, which multiply each other, by differences; local changes as they are."""
    phenotypes = len(model.phenotype_names)
    head = model.head(start).vertices
    directions = np.zeros((len(start), *head.shape))
    for index in range(phenotypes):
        step = _STEP if start[index] < 0.5 else -_STEP
        changed = start.copy()
        changed[index] += step
        directions[index] = (model.head(changed).vertices - head) / step
    directions[phenotypes:] = model.local_directions(start[phenotypes:])
    is_local = np.arange(len(start)) >= phenotypes
    lower, upper = np.where(is_local, -1.0, 0.0), np.ones(len(start))
    age = model.phenotype_names.index("age")
    lower[age], upper[age] = _YOUNGEST, _OLDEST
    spread = np.where(is_local, 0.35, 0.3)
    return LinearIdentities(start, head, directions, usual, spread, lower, upper)

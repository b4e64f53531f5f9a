"""An identity model as a mean and directions, which is what least squares needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.head_model.anny_identities import AnnyIdentities
from landmark_driver.head_model.identity_model import IdentityModel


@dataclass(frozen=True)
class LinearIdentities:
    """vertices ≈ mean + change @ directions; coefficients are `start + change`, within bounds."""

    start: Float[np.ndarray, "coefficients"]
    mean: Float[np.ndarray, "vertices 3"]
    directions: Float[np.ndarray, "coefficients vertices 3"]
    """Metres for a change of one."""
    lower: Float[np.ndarray, "coefficients"]
    upper: Float[np.ndarray, "coefficients"]
    spread: Float[np.ndarray, "coefficients"]
    """Standard deviation of each coefficient over people."""


def linear_identities(model: IdentityModel) -> LinearIdentities:
    """The model around its mean."""
    if isinstance(model, AnnyIdentities):
        return _of_anny(model)
    head = model.mean()
    count = len(head.coefficients)
    steps = np.eye(count)
    directions = np.stack([model.head(head.coefficients + step).vertices for step in steps]) - head.vertices
    wide = np.full(count, 4.0)
    return LinearIdentities(head.coefficients, head.vertices, directions, -wide, wide, np.ones(count))


def _of_anny(model: AnnyIdentities) -> LinearIdentities:
    """Phenotypes by differences; local changes, which have a shape for each sign, by the mean of both."""
    head = model.mean()
    phenotypes = len(model.phenotype_names)
    bounds = [(0.0, 1.0)] * phenotypes + [(-1.0, 1.0)] * (len(head.coefficients) - phenotypes)
    bounds[model.phenotype_names.index("age")] = (0.5, 1.0)
    lower, upper = np.array(bounds).T
    directions = np.zeros((len(head.coefficients), *head.vertices.shape))
    for index in range(phenotypes):
        step = 0.25 if head.coefficients[index] < 0.75 else -0.25
        changed = head.coefficients.copy()
        changed[index] += step
        directions[index] = (model.head(changed).vertices - head.vertices) / step
    directions[phenotypes:] = model.local_directions()
    spread = np.where(np.arange(len(lower)) < phenotypes, 0.3, 0.35)
    return LinearIdentities(
        head.coefficients,
        head.vertices,
        directions,
        lower - head.coefficients,
        upper - head.coefficients,
        spread,
    )
